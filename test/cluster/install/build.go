// Package install puts the webhook onto a test cluster as its users would, but for one thing: the program runs on this machine, with the
// rights of its ServiceAccount, and is registered by URL.
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

// Build compiles the webhook into file. flags are those of `go build`.
func Build(ctx context.Context, file string, flags ...string) error {
	root, err := cluster.Root()
	if err != nil {
		return err
	}
	args := append([]string{"build", "-o", file}, flags...)
	cmd := exec.CommandContext(ctx, "go", append(args, "./cmd/fargate-webhook")...)
	cmd.Dir = root
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the webhook: %w\n%s", err, out)
	}
	return nil
}

// Rights applies the manifests that make the webhook's namespace, its ServiceAccount and what that may do.
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
		return fmt.Errorf("apply the webhook's rights: %s", result.Stderr)
	}
	return nil
}
