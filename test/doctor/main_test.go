// Package doctor tests the commands doctor and why of the built program on a real control plane
// with the stand-in for EKS: on a cluster that works, and on one that is sabotaged, one thing after
// another.
package doctor

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/clustertest"
	"fargate-webhook/test/cluster/install"
	"fargate-webhook/test/eks"
)

// deadline is longer than anything that is waited for takes.
const deadline = 2 * time.Minute

// fixture is a cluster with Fargate nodes only, on which everything works.
type fixture struct {
	cluster *cluster.Cluster
	eks     *eks.World
	webhook *install.Webhook
	binary  string
	saved   string // EKS's configuration, while it is deleted
}

func start(t *testing.T) *fixture {
	t.Helper()
	clustertest.Needed(t)
	f := &fixture{cluster: clustertest.Start(t, cluster.Options{})}
	var err error
	if f.eks, err = eks.Start(t.Context(), eks.Options{Config: f.cluster.Config(), Cluster: "doctor"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.eks.Stop)
	f.binary = filepath.Join(f.cluster.Dir(), "fargate-webhook")
	if err := install.Build(t.Context(), f.binary, "-ldflags=-X fargate-webhook/cmd/fargate-webhook/version.version=v0.1.0"); err != nil {
		t.Fatal(err)
	}
	for _, profile := range []eks.Profile{
		{Name: "apps", Selectors: []eks.Selector{{Namespace: "apps", Labels: map[string]string{"run": "on-fargate"}}, {Namespace: "bare", Labels: map[string]string{"run": "on-fargate"}}}},
		{Name: "system", Selectors: []eks.Selector{
			{Namespace: "kube-system", Labels: map[string]string{"k8s-app": "kube-dns"}},
			{Namespace: "kube-system", Labels: map[string]string{"app.kubernetes.io/name": "aws-load-balancer-controller"}},
			{Namespace: "fargate-webhook"},
		}},
	} {
		if err := f.eks.CreateProfile(t.Context(), profile); err != nil {
			t.Fatal(err)
		}
	}
	f.kubectl(t, "", "apply", "--server-side", "-k", "../../deploy/manifests")
	return f
}

// install makes the Deployment one of this cluster, and starts the webhook beside it.
func (f *fixture) install(t *testing.T) {
	t.Helper()
	f.kubectl(t, "", "apply", "--server-side", "-f", "testdata/cluster.yaml")
	f.kubectl(t, "", "-n", "fargate-webhook", "set", "image", "deployment/fargate-webhook", "webhook=fargate-webhook:v0.1.0")
	f.kubectl(t, "", "-n", "fargate-webhook", "set", "env", "deployment/fargate-webhook", "CLUSTER_NAME=doctor")
	var err error
	f.webhook, err = install.Start(t.Context(), f.cluster, install.Options{
		Binary: f.binary, Args: []string{"--cluster-name=doctor", "--refresh-interval=1s", "--shutdown-delay=0s"}, Env: append(os.Environ(), f.eks.Environment()...),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.webhook.Stop() })
	if err := f.webhook.AwaitAdmission(t.Context(), f.cluster, "apps"); err != nil {
		t.Fatal(err)
	}
}

func (f *fixture) kubectl(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	result, err := f.cluster.Kubectl(t.Context(), stdin, args...)
	if err != nil || result.Code != 0 {
		t.Fatalf("kubectl %s: %v\n%s", strings.Join(args, " "), err, result.Stderr)
	}
	return result.Stdout
}

// run runs the program, and returns its output and exit code.
func (f *fixture) run(t *testing.T, args ...string) (stdout string, code int) {
	t.Helper()
	return f.runAs(t, f.cluster.Kubeconfig(), args...)
}

func (f *fixture) runAs(t *testing.T, kubeconfig string, args ...string) (stdout string, code int) {
	t.Helper()
	command := exec.CommandContext(t.Context(), f.binary, append(args, "--kubeconfig="+kubeconfig)...)
	command.Env = append(os.Environ(), f.eks.Environment()...)
	var out, problems strings.Builder
	command.Stdout, command.Stderr = &out, &problems
	if err := command.Run(); err != nil && command.ProcessState == nil {
		t.Fatal(err)
	}
	if problems.Len() > 0 {
		t.Log(problems.String())
	}
	return out.String(), command.ProcessState.ExitCode()
}

// await waits until a condition holds.
func await(t *testing.T, what string, holds func() error) {
	t.Helper()
	if err := cluster.Await(t.Context(), deadline, what, func(context.Context) error { return holds() }); err != nil {
		t.Fatal(err)
	}
}

// awaitGood waits until no check of doctor fails, is skipped or warns, and returns its output. That
// EKS's support of a version of Kubernetes ends is no reason to fail.
func (f *fixture) awaitGood(t *testing.T) string {
	t.Helper()
	var out string
	await(t, "doctor is content", func() error {
		var code int
		out, code = f.run(t, "doctor")
		for line := range strings.Lines(out) {
			status, rest, _ := strings.Cut(line, " ")
			if (status == "fail" || status == "warn" || status == "skip") && !strings.HasPrefix(strings.TrimSpace(rest), "kubernetes-version ") {
				return fmt.Errorf("exit code %d\n%s", code, out)
			}
		}
		if !strings.Contains(out, " passed, ") {
			return fmt.Errorf("exit code %d, %q", code, out)
		}
		return nil
	})
	return out
}
