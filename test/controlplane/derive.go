package main

import (
	"encoding/json"
	"fmt"
	"strings"
)

// The modules that the programs come from.
const (
	kubernetesModule = "k8s.io/kubernetes"
	etcdServerModule = "go.etcd.io/etcd/server/v3"
	etcdClientModule = "go.etcd.io/etcd/client/v3"
)

// goMod is what deriveGoMod needs of a go.mod file, as `go mod edit -json` prints it.
type goMod struct {
	Go      string
	GoDebug []struct{ Key, Value string }
	Require []struct{ Path, Version string }
}

// parseGoMod reads the output of `go mod edit -json`.
func parseGoMod(printed []byte) (goMod, error) {
	var parsed goMod
	if err := json.Unmarshal(printed, &parsed); err != nil {
		return goMod{}, fmt.Errorf("read a go.mod as JSON: %w", err)
	}
	return parsed, nil
}

// deriveGoMod writes the go.mod of a module from which the programs of release v can be built, out of Kubernetes' own go.mod at v.
// Kubernetes requires the modules of its staging folder at v0.0.0, which nothing outside its repository can resolve: each gets a
// replace by what was published with that release. The etcd server is the one that fits the etcd client which that release uses.
func deriveGoMod(kubernetes goMod, v version) (string, error) {
	var etcd string
	var staging []string
	for _, requirement := range kubernetes.Require {
		switch {
		case requirement.Path == etcdClientModule:
			etcd = requirement.Version
		case strings.HasPrefix(requirement.Path, "k8s.io/") && requirement.Version == "v0.0.0":
			staging = append(staging, requirement.Path)
		}
	}
	if etcd == "" {
		return "", fmt.Errorf("the go.mod of %s %s requires no %s: which etcd fits it is not known", kubernetesModule, v, etcdClientModule)
	}
	if len(staging) == 0 {
		return "", fmt.Errorf("the go.mod of %s %s requires no staging module at v0.0.0: it is laid out in a way that is not known here", kubernetesModule, v)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "module fargate-webhook/test/controlplane\n\ngo %s\n", kubernetes.Go)
	for _, setting := range kubernetes.GoDebug {
		fmt.Fprintf(&b, "\ngodebug %s=%s\n", setting.Key, setting.Value)
	}
	fmt.Fprintf(&b, "\nrequire (\n\t%s %s\n\t%s %s\n)\n", etcdServerModule, etcd, kubernetesModule, v)
	b.WriteString("\nreplace (\n")
	for _, path := range staging {
		fmt.Fprintf(&b, "\t%s => %s %s\n", path, path, v.staging())
	}
	b.WriteString(")\n")
	return b.String(), nil
}
