package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/install"
)

// namespace is the namespace of the examples.
const namespace = "apps"

// stage is a control plane and the webhook that runs against it.
type stage struct {
	root    string
	cluster *cluster.Cluster
	webhook *install.Webhook
	out     io.Writer // the results of the examples
	log     io.Writer // progress and errors
}

// demonstrate is `make run`. Unless once is set, it keeps the cluster up until ctx ends. It stops
// everything that it started.
func demonstrate(ctx context.Context, once bool, stdout, stderr io.Writer) error {
	root, err := cluster.Root()
	if err != nil {
		return err
	}
	s := &stage{root: root, out: stdout, log: stderr}
	err = s.play(ctx, once)
	if ctx.Err() != nil {
		err = nil // the interrupt caused it
		if once {
			err = errors.New("interrupted")
		}
	}
	return errors.Join(err, s.stop())
}

// play builds and starts the cluster, applies the examples and, unless once is set, waits.
func (s *stage) play(ctx context.Context, once bool) error {
	binary, err := s.build(ctx)
	if err != nil {
		return err
	}
	began := time.Now()
	if s.cluster, err = cluster.Start(ctx, cluster.Options{Log: s.log}); err != nil {
		return err
	}
	if err := s.startWebhook(ctx, binary); err != nil {
		return err
	}
	say(s.log, "the cluster is ready after %s\n", time.Since(began).Round(100*time.Millisecond))
	differences, err := s.applyExamples(ctx)
	if err != nil {
		return err
	}
	for _, difference := range differences {
		say(s.log, "NOT AS EXPECTED: %s", difference)
	}
	if !once {
		s.invite()
		return s.wait(ctx)
	}
	if len(differences) > 0 {
		return fmt.Errorf("%d checks of the examples failed", len(differences))
	}
	say(s.out, "All examples behaved as expected.")
	return nil
}

// build builds the control plane and the webhook, and returns the path of the webhook's binary.
func (s *stage) build(ctx context.Context) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "run", "-C", filepath.Join(s.root, "test", "controlplane"), ".")
	cmd.Stdout, cmd.Stderr = s.log, s.log
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 15 * time.Second
	if err := cmd.Run(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return "", errors.New("go: command not found in PATH: install Go from https://go.dev/dl")
		}
		return "", fmt.Errorf("build the control plane: %w", err)
	}
	say(s.log, "building the webhook")
	binary := filepath.Join(s.root, "bin", "fargate-webhook")
	return binary, install.Build(ctx, binary)
}

// startWebhook starts the webhook with the example profiles and waits until the API server calls
// it.
func (s *stage) startWebhook(ctx context.Context, binary string) error {
	if err := install.Rights(ctx, s.cluster); err != nil {
		return err
	}
	say(s.log, "starting fargate-webhook as ServiceAccount %s/%s, with the Fargate profiles in examples/cluster-config.yaml", install.Name, install.Name)
	var err error
	s.webhook, err = install.Start(ctx, s.cluster, install.Options{Binary: binary, Args: []string{
		"--profiles=" + filepath.Join(s.root, "examples", "cluster-config.yaml"),
		"--state-dir=" + filepath.Join(s.cluster.Dir(), "state"),
		"--shutdown-delay=0s",
	}})
	if err != nil {
		return err
	}
	result, err := s.cluster.Kubectl(ctx, "", "create", "namespace", namespace)
	if err != nil || result.Code != 0 {
		return errors.Join(fmt.Errorf("create the namespace %s: %s", namespace, result.Stderr), err)
	}
	if err := s.cluster.AwaitNamespace(ctx, namespace); err != nil {
		return err
	}
	return s.webhook.AwaitAdmission(ctx, s.cluster, namespace)
}

// stop stops the webhook, then the control plane.
func (s *stage) stop() error {
	if s.cluster == nil {
		return nil
	}
	say(s.log, "stopping the webhook and the control plane")
	var err error
	if s.webhook != nil {
		err = s.webhook.Stop()
	}
	return errors.Join(err, s.cluster.Stop())
}

// example returns the path of an example file to pass to kubectl, relative to the working directory
// if possible.
func (s *stage) example(name string) string {
	file := filepath.Join(s.root, "examples", name)
	if wd, err := os.Getwd(); err == nil {
		if short, err := filepath.Rel(wd, file); err == nil {
			return short
		}
	}
	return file
}

// invite prints commands to try next.
func (s *stage) invite() {
	kubectl := s.cluster.KubectlPath()
	say(s.out, `The cluster stays up until you press Ctrl-C. To try it, open another terminal:

  export KUBECONFIG=%s
  alias kubectl=%s

  kubectl get pods --namespace %s --show-labels
  kubectl run hello --image=hello --labels=app=hello --namespace %s --dry-run=server -o yaml     # show what the webhook adds to a pod
  kubectl apply -f %s     # the webhook refuses it
  kubectl get mutatingwebhookconfigurations,validatingwebhookconfigurations
  tail -f %s     # the audit log: one line per refusal

The cluster has no nodes, so pods stay Pending.`,
		s.cluster.Kubeconfig(), kubectl, namespace, namespace, s.example("daemonset.yaml"), s.webhook.AuditLog)
}

// wait returns nil when ctx ends, and an error if the webhook or the control plane exits by itself.
func (s *stage) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-s.webhook.Exited():
		return s.webhook.Running()
	case <-s.cluster.Exited():
		return s.cluster.Running()
	}
}
