package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// program is one binary to build.
type program struct {
	name string // the file's name
	pkg  string // its main package
}

// programs lists what a control plane is made of, quickest first, so that one sees something happen early.
func programs() []program {
	return []program{
		{"etcd", etcdServerModule},
		{"kubectl", kubernetesModule + "/cmd/kubectl"},
		{"kube-apiserver", kubernetesModule + "/cmd/kube-apiserver"},
		{"kube-controller-manager", kubernetesModule + "/cmd/kube-controller-manager"},
	}
}

// ldflags are the linker flags for release v. Without a version in it the API server says v0.0.0-master, which kubectl cannot
// read; client-go keeps a copy of its own for the user agent.
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

// buildArgs are the arguments of the go command that builds one program into file. A derived module starts without sums and
// without its indirect requirements, so the go command may add them.
func buildArgs(p program, v version, file string, derived bool) []string {
	args := []string{"build", "-v", "-trimpath", "-ldflags", ldflags(v), "-o", file}
	if derived {
		args = append(args, "-mod=mod")
	}
	return append(args, p.pkg)
}

// stampOf sums up all that decides what the programs are: two builds with the same stamp give the same files. inputs are the
// contents of the module files; a derived module has none, as a published version never changes.
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
