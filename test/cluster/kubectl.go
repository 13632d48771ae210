package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Result is the output and exit code of kubectl.
type Result struct {
	Stdout, Stderr string
	Code           int
}

// Kubectl runs the control plane's kubectl as the administrator, with stdin as its standard input.
// It returns an error if kubectl could not be run; if kubectl itself fails, Result.Code is not 0.
func (c *Cluster) Kubectl(ctx context.Context, stdin string, args ...string) (Result, error) {
	return c.KubectlAs(ctx, c.Kubeconfig(), stdin, args...)
}

// KubectlAs is Kubectl with another kubeconfig file.
func (c *Cluster) KubectlAs(ctx context.Context, kubeconfig, stdin string, args ...string) (Result, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, c.KubectlPath(), args...)
	// It ends before garbage collection would pay: with less of that it takes a fifth less processor time.
	cmd.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig, "KUBECACHEDIR="+filepath.Join(c.dir, "kubectl"), "HOME="+c.dir, "GOGC=400")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && (!exited || ctx.Err() != nil) {
		return Result{}, fmt.Errorf("run kubectl %s: %w", strings.Join(args, " "), err)
	}
	return Result{Stdout: stdout.String(), Stderr: stderr.String(), Code: cmd.ProcessState.ExitCode()}, nil
}
