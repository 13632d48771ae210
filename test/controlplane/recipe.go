package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// program is one binary to build.
type program struct {
	name      string // the file name
	pkg       string // its main package
	megabytes int    // its size, as announced before a build
}

// programs lists the binaries of a control plane, fastest build first, so that progress shows
// early.
func programs() []program {
	return []program{
		{"etcd", etcdServerModule, 25},
		{"kubectl", kubernetesModule + "/cmd/kubectl", 62},
		{"kube-apiserver", kubernetesModule + "/cmd/kube-apiserver", 119},
		{"kube-controller-manager", kubernetesModule + "/cmd/kube-controller-manager", 105},
	}
}

// ldflags returns the linker flags that set version v. Without them the API server reports
// v0.0.0-master, which kubectl can't parse. client-go has its own copy, for the user agent.
func ldflags(v version) string {
	parts := []string{"-s", "-w"}
	for _, pkg := range []string{"k8s.io/component-base/version", "k8s.io/client-go/pkg/version"} {
		parts = append(parts,
			fmt.Sprintf("-X %s.gitVersion=%s", pkg, v),
			fmt.Sprintf("-X %s.gitMajor=%d", pkg, v.major),
			fmt.Sprintf("-X %s.gitMinor=%d", pkg, v.minor))
	}
	return strings.Join(parts, " ")
}

// buildArgs returns the arguments of the go command that builds one program to file. A derived
// module has no checksums and no indirect requirements yet, so -mod=mod lets the go command add
// them.
func buildArgs(p program, v version, file string, derived bool) []string {
	args := []string{"build", "-v", "-trimpath", "-ldflags", ldflags(v), "-o", file}
	if derived {
		args = append(args, "-mod=mod")
	}
	return append(args, p.pkg)
}

// stampOf returns a fingerprint of everything that determines the binaries: builds with the same
// stamp produce the same files. inputs are the contents of the module files; a derived module has
// none, because a published version never changes.
func stampOf(v version, goVersion, platform string, inputs ...[]byte) string {
	hash := sha256.New()
	for _, input := range inputs {
		hash.Write(fmt.Appendf(nil, "%d\n", len(input)))
		hash.Write(input)
	}
	recipe := make([]string, 0, len(programs()))
	for _, p := range programs() {
		recipe = append(recipe, strings.Join(buildArgs(p, v, p.name, len(inputs) == 0), " "))
	}
	return fmt.Sprintf("kubernetes %s\ngo %s\nplatform %s\nmodule %s\n%s\n",
		v, goVersion, platform, hex.EncodeToString(hash.Sum(nil)), strings.Join(recipe, "\n"))
}

// folderName returns the name of the folder with the programs of a recipe.
func folderName(v version, stamp string) string {
	hash := sha256.Sum256([]byte(stamp))
	return fmt.Sprintf("%s-%x", v, hash[:6])
}
