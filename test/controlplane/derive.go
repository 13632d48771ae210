package main

import (
	"encoding/json"
	"fmt"
	"strings"
)

// The modules of the programs.
const (
	kubernetesModule = "k8s.io/kubernetes"
	etcdServerModule = "go.etcd.io/etcd/server/v3"
	etcdClientModule = "go.etcd.io/etcd/client/v3"
)

// goMod holds the parts of the output of `go mod edit -json` that deriveGoMod uses.
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

// deriveGoMod returns a go.mod for building the programs of release v, derived from Kubernetes' own
// go.mod at v. Kubernetes requires its staging modules at v0.0.0, which can't be resolved outside
// its repository: each is replaced with the version published with that release. The etcd server
// has the version of the etcd client that the release requires.
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
		return "", fmt.Errorf("can't determine the etcd version: the go.mod of %s %s does not require %s", kubernetesModule, v, etcdClientModule)
	}
	if len(staging) == 0 {
		return "", fmt.Errorf("the go.mod of %s %s requires no staging module at v0.0.0: its layout is not supported", kubernetesModule, v)
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
