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

// namespace is that of the examples.
const namespace = "apps"

// stage is a running cluster with the webhook on it.
type stage struct {
	root    string
	cluster *cluster.Cluster
	webhook *install.Webhook
	out     io.Writer // what came of the examples
	log     io.Writer // progress and errors
}

// demonstrate does all that `make run` does, and ends everything that it has started. It stays up until ctx ends, unless it is told to do
// it once.
func demonstrate(ctx context.Context, once bool, stdout, stderr io.Writer) error {
	root, err := cluster.Root()
	if err != nil {
		return err
	}
	s := &stage{root: root, out: stdout, log: stderr}
	err = s.play(ctx, once)
	if ctx.Err() != nil {
		err = nil // whatever failed then did so for that reason
		if once {
			err = errors.New("interrupted")
		}
	}
	return errors.Join(err, s.stop())
}

// play builds and starts all, applies the examples and, unless it is to be done once, waits.
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
	say(s.log, "the cluster is up, in %s\n", time.Since(began).Round(100*time.Millisecond))
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
		return fmt.Errorf("%d things did not come out as expected", len(differences))
	}
	say(s.out, "All came out as expected.")
	return nil
}

// build makes the control plane and the webhook, and returns the webhook's file.
func (s *stage) build(ctx context.Context) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "run", "-C", filepath.Join(s.root, "test", "controlplane"), ".")
	cmd.Stdout, cmd.Stderr = s.log, s.log
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 15 * time.Second
	if err := cmd.Run(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return "", errors.New("there is no go command in PATH: install Go (https://go.dev/dl)")
		}
		return "", fmt.Errorf("build the control plane: %w", err)
	}
	say(s.log, "building the webhook")
	binary := filepath.Join(s.root, "bin", "fargate-webhook")
	return binary, install.Build(ctx, binary)
}

// startWebhook starts the webhook on the example profiles and waits until the API server asks it.
func (s *stage) startWebhook(ctx context.Context, binary string) error {
	if err := install.Rights(ctx, s.cluster); err != nil {
		return err
	}
	say(s.log, "starting fargate-webhook as the ServiceAccount %s/%s, with the Fargate profiles of examples/cluster-config.yaml", install.Name, install.Name)
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

// stop ends what runs, the webhook first.
func (s *stage) stop() error {
	if s.cluster == nil {
		return nil
	}
	say(s.log, "ending the webhook and the control plane")
	var err error
	if s.webhook != nil {
		err = s.webhook.Stop()
	}
	return errors.Join(err, s.cluster.Stop())
}

// example is the path of an example file, as one would give it to kubectl: relative to the working folder where that can be.
func (s *stage) example(name string) string {
	file := filepath.Join(s.root, "examples", name)
	if wd, err := os.Getwd(); err == nil {
		if short, err := filepath.Rel(wd, file); err == nil {
			return short
		}
	}
	return file
}

// invite tells how to go on.
func (s *stage) invite() {
	kubectl := s.cluster.KubectlPath()
	say(s.out, `The cluster stays up until Ctrl-C. To use it, in another terminal:

  export KUBECONFIG=%s
  alias kubectl=%s

  kubectl get pods --namespace %s --show-labels
  kubectl run hello --image=hello --labels=app=hello --namespace %s --dry-run=server -o yaml     # see what a pod would get
  kubectl apply -f %s     # refused
  kubectl get mutatingwebhookconfigurations,validatingwebhookconfigurations
  tail -f %s     # a line for each refusal

There is no node: pods stay Pending.`,
		s.cluster.Kubeconfig(), kubectl, namespace, namespace, s.example("daemonset.yaml"), s.webhook.AuditLog)
}

// wait returns when the user wants it to end, or when something has ended by itself, which is an error.
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
