package cluster

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// ErrNotBuilt means that the control plane's binaries are missing.
var ErrNotBuilt = errors.New("the control plane is not built: run `make controlplane`")

// Root returns the root directory of this repository, searching upwards from the working directory.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the repository: %w", err)
	}
	for {
		content, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(content), "module fargate-webhook\n") {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("find the repository: neither the working directory nor a parent contains the go.mod of fargate-webhook")
		}
		dir = parent
	}
}

// Version returns the Kubernetes version of the control plane: $CONTROLPLANE_VERSION, or by default
// the one in test/controlplane/go.mod.
func Version() (string, error) {
	if version := os.Getenv("CONTROLPLANE_VERSION"); version != "" {
		return "v" + strings.TrimPrefix(version, "v"), nil
	}
	root, err := Root()
	if err != nil {
		return "", err
	}
	file := filepath.Join(root, "test", "controlplane", "go.mod")
	content, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("find the control plane's version: %w", err)
	}
	for line := range strings.Lines(string(content)) {
		if fields := strings.Fields(line); len(fields) >= 2 && fields[0] == "k8s.io/kubernetes" {
			return fields[1], nil
		}
	}
	return "", fmt.Errorf("find the control plane's version: %s does not require k8s.io/kubernetes", file)
}

// emulation returns the arguments that make the API server and the controllers behave as those of an
// earlier version, $CONTROLPLANE_EMULATES: its features, defaults and API versions.
func emulation() []string {
	if version := os.Getenv("CONTROLPLANE_EMULATES"); version != "" {
		return []string{"--emulated-version=" + strings.TrimPrefix(version, "v")}
	}
	return nil
}

// BinDir returns the directory where test/controlplane puts links to the binaries of Version(): they
// are in the user's cache directory, for all clones.
func BinDir() (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	version, err := Version()
	if err != nil {
		return "", err
	}
	return filepath.Join(root, "bin", "controlplane", version), nil
}

// CheckBuilt returns ErrNotBuilt if a binary is missing from dir.
func CheckBuilt(dir string) error {
	for _, name := range []string{"etcd", "kube-apiserver", "kube-controller-manager", "kubectl"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("%w: %w", ErrNotBuilt, err)
		}
	}
	return nil
}
