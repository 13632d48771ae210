package main

import (
	"context"
	_ "embed" // system.yaml
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// system is what the cluster has besides the examples.
//
//go:embed system.yaml
var system string

// furnish applies what most clusters with Fargate nodes have, and waits until it runs.
func (s *stage) furnish(ctx context.Context) error {
	if _, err := s.kubectl(ctx, system, "apply", "-f", "-"); err != nil {
		return err
	}
	for _, name := range []string{"coredns", "aws-load-balancer-controller"} {
		if _, err := s.kubectl(ctx, "", "rollout", "status", "--namespace=kube-system", "--timeout="+podsDeadline.String(), "deployment/"+name); err != nil {
			return err
		}
	}
	return nil
}

// diagnose shows what doctor finds on the cluster, which is nothing wrong, and why a pod hangs.
func (s *stage) diagnose(ctx context.Context) (differences []string, err error) {
	say(s.out, "--- The webhook's own look at the cluster, and at a pod that hangs\n")
	say(s.log, "applying CoreDNS, a load balancer controller and the configuration of logging: Deployments of these names, whose containers don't run")
	if err := s.furnish(ctx); err != nil {
		return nil, err
	}
	for _, step := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"doctor"}, 0, "0 with warnings, 0 failed, 1 skipped"},
		{[]string{"why", "pod/agent", "-n", without}, 1, "Fargate doesn't run it"},
	} {
		args := append(slices.Clone(step.args), "--cluster-name", clusterName)
		say(s.out, "$ fargate-webhook %s", strings.Join(args, " "))
		command := exec.CommandContext(ctx, s.program(), args...)
		command.Env = slices.Concat(os.Environ(), s.world.Environment(), []string{"KUBECONFIG=" + s.cluster.Kubeconfig()})
		out, err := command.CombinedOutput()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		say(s.out, "%s\n", strings.TrimRight(string(out), "\n"))
		if code := command.ProcessState.ExitCode(); code != step.code || !strings.Contains(string(out), step.want) {
			differences = append(differences, fmt.Sprintf("fargate-webhook %s exits with %d (%v); want %d and %q", step.args[0], code, err, step.code, step.want))
		}
	}
	return differences, nil
}

// program returns the path of the webhook's binary.
func (s *stage) program() string { return filepath.Join(s.root, "bin", "fargate-webhook") }

// exports returns the environment of a shell in which the program finds the stand-in's API.
func (s *stage) exports() string {
	var lines []string
	for _, variable := range s.world.Environment() {
		if name, value, _ := strings.Cut(variable, "="); value != "" {
			lines = append(lines, "export "+name+"="+value)
		}
	}
	return strings.Join(lines, "\n  ")
}
