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

	"fargate-webhook/profiles/file"
	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/install"
	"fargate-webhook/test/eks"
)

// The namespaces of the examples: with the webhook, and exempt from it.
const (
	namespace = "apps"
	without   = "no-webhook"
)

const (
	// clusterName is the name of the EKS cluster, as in examples/cluster-config.yaml.
	clusterName = "eks-fargate-demo"
	// startTime is how long a pod waits for its Fargate node here.
	startTime = time.Second
)

// stage is a control plane, the stand-in for EKS, and the webhook that runs against both.
type stage struct {
	root    string
	chosen  choices
	cluster *cluster.Cluster
	world   *eks.World
	webhook *install.Webhook
	out     io.Writer // the results of the examples
	log     io.Writer // progress and errors
}

// demonstrate is `make run`. Unless once is chosen, it keeps the cluster up until ctx ends. It stops
// everything that it started.
func demonstrate(ctx context.Context, chosen choices, stdout, stderr io.Writer) error {
	root, err := cluster.Root()
	if err != nil {
		return err
	}
	s := &stage{root: root, chosen: chosen, out: stdout, log: stderr}
	err = s.play(ctx)
	if ctx.Err() != nil {
		err = nil // the interrupt caused it
		if chosen.once {
			err = errors.New("interrupted")
		}
	}
	return errors.Join(err, s.stop())
}

// play builds and starts the cluster, applies the examples and, unless once is chosen, waits.
func (s *stage) play(ctx context.Context) error {
	binary, err := s.build(ctx)
	if err != nil {
		return err
	}
	began := time.Now()
	if s.cluster, err = cluster.Start(ctx, cluster.Options{Log: s.log}); err != nil {
		return err
	}
	if err := s.startEKS(ctx); err != nil {
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
	if !s.chosen.once {
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
	return s.program(), install.Build(ctx, s.program())
}

// startEKS starts the stand-in for EKS with the example profiles, and one for the namespace that is
// exempt from the webhook.
func (s *stage) startEKS(ctx context.Context) error {
	say(s.log, "starting a stand-in for EKS: it claims, schedules and patches pods as AWS documents it; no container runs, and nothing here is AWS's")
	var err error
	s.world, err = eks.Start(ctx, eks.Options{Config: s.cluster.Config(), Cluster: clusterName, Delay: startTime, EC2Nodes: s.chosen.ec2Nodes})
	if err != nil {
		return err
	}
	list, err := file.New(filepath.Join(s.root, "examples", "cluster-config.yaml")).List(ctx)
	if err != nil {
		return err
	}
	all := []eks.Profile{{Name: without, Selectors: []eks.Selector{{Namespace: without, Labels: map[string]string{"run": "on-fargate"}}}}}
	for _, profile := range list {
		made := eks.Profile{Name: profile.Name}
		for _, selector := range profile.Selectors {
			made.Selectors = append(made.Selectors, eks.Selector{Namespace: selector.Namespace, Labels: selector.Labels})
		}
		all = append(all, made)
	}
	for _, profile := range all {
		if err := s.world.CreateProfile(ctx, profile); err != nil {
			return fmt.Errorf("create the Fargate profile %s: %w", profile.Name, err)
		}
	}
	return nil
}

// startWebhook starts the webhook, which reads the profiles from the API of the stand-in, and waits
// until the API server calls it.
func (s *stage) startWebhook(ctx context.Context, binary string) error {
	if err := install.Rights(ctx, s.cluster); err != nil {
		return err
	}
	say(s.log, "starting fargate-webhook as ServiceAccount %s/%s, with the Fargate profiles of the stand-in", install.Name, install.Name)
	var err error
	s.webhook, err = install.Start(ctx, s.cluster, install.Options{
		Binary: binary,
		Args: []string{
			"--cluster-name=" + clusterName,
			"--state-dir=" + filepath.Join(s.cluster.Dir(), "state"),
			"--shutdown-delay=0s",
		},
		Env: append(os.Environ(), s.world.Environment()...),
	})
	if err != nil {
		return err
	}
	for _, args := range [][]string{
		{"create", "namespace", namespace},
		{"create", "namespace", without},
		{"label", "namespace", without, "fargate-webhook/exempt=true"},
	} {
		if _, err := s.kubectl(ctx, "", args...); err != nil {
			return err
		}
	}
	for _, name := range []string{namespace, without} {
		if err := s.cluster.AwaitNamespace(ctx, name); err != nil {
			return err
		}
	}
	return s.webhook.AwaitAdmission(ctx, s.cluster, namespace)
}

// kubectl runs kubectl, which must succeed, and returns what it prints.
func (s *stage) kubectl(ctx context.Context, stdin string, args ...string) (string, error) {
	result, err := s.cluster.Kubectl(ctx, stdin, args...)
	if err == nil && result.Code != 0 {
		err = fmt.Errorf("kubectl %q: %s", args, result.Stderr)
	}
	return result.Stdout, err
}

// stop stops the webhook, the stand-in for EKS, then the control plane.
func (s *stage) stop() error {
	if s.cluster == nil {
		return nil
	}
	say(s.log, "stopping the webhook, the stand-in for EKS and the control plane")
	var err error
	if s.webhook != nil {
		err = s.webhook.Stop()
	}
	if s.world != nil {
		s.world.Stop()
	}
	return errors.Join(err, s.cluster.Stop())
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
