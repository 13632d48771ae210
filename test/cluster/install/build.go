// Package install installs the webhook on a test cluster as users do, with one difference: the
// webhook runs as a process on this machine, with the permissions of its ServiceAccount, and is
// registered by URL.
package install

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"fargate-webhook/test/cluster"
)

// Build compiles the webhook to file, with additional flags of `go build`. It is compiled as by
// `make build`: with -trimpath another clone finds all packages in Go's build cache.
func Build(ctx context.Context, file string, flags ...string) error {
	root, err := cluster.Root()
	if err != nil {
		return err
	}
	args := append([]string{"build", "-trimpath", "-o", file}, flags...)
	cmd := exec.CommandContext(ctx, "go", append(args, "./cmd/fargate-webhook")...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the webhook: %w\n%s", err, out)
	}
	return nil
}

// Rights applies the manifests of the webhook's namespace, ServiceAccount and RBAC.
func Rights(ctx context.Context, c *cluster.Cluster) error {
	root, err := cluster.Root()
	if err != nil {
		return err
	}
	args := []string{"apply", "--server-side"}
	for _, name := range []string{"namespace.yaml", "serviceaccount.yaml", "rbac.yaml"} {
		args = append(args, "-f", filepath.Join(root, "deploy", "manifests", name))
	}
	result, err := c.Kubectl(ctx, "", args...)
	if err != nil {
		return err
	}
	if result.Code != 0 {
		return fmt.Errorf("apply the webhook's RBAC manifests: %s", result.Stderr)
	}
	return nil
}
