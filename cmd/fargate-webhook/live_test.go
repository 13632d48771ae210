package main

import (
	"strings"
	"testing"

	"fargate-webhook/cmd/fargate-webhook/cli"
)

// nowhere is a kubeconfig of an API server that isn't there.
const nowhere = `{apiVersion: v1, kind: Config, current-context: c, contexts: [{name: c, context: {cluster: c, user: u}}],
clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}], users: [{name: u, user: {token: t}}]}`

// Usage errors of doctor and why end with 2 and name what is wrong.
func TestLiveUsage(t *testing.T) {
	kubeconfig, list := write(t, "kubeconfig", nowhere), write(t, "profiles.yaml", "")
	for want, args := range map[string][]string{
		`--output "xml": must be table or json`:                     {"doctor", "-o", "xml"},
		`unexpected argument "x"`:                                   {"doctor", "x"},
		"load the kubeconfig":                                       {"doctor", "--kubeconfig=missing"},
		"set at least one of --cluster-name":                        {"doctor", "--kubeconfig=" + kubeconfig},
		"profiles.yaml":                                             {"doctor", "--kubeconfig=" + kubeconfig, "--profiles=" + list},
		`--output "table": must be text or json`:                    {"why", "x", "-o", "table"},
		"accepts 1 arg(s), received 0":                              {"why"},
		`"service/x": kind must be pod, deployment, replicaset, st`: {"why", "service/x", "--kubeconfig=" + kubeconfig, "--profiles=../../examples/cluster-config.yaml"},
		"connection refused":                                        {"why", "x", "--kubeconfig=" + kubeconfig, "--profiles=../../examples/cluster-config.yaml"},
	} {
		if got := program(t, "", args...); got.code != cli.ExitUsage || !strings.Contains(got.stderr, want) || got.stdout != "" {
			t.Errorf("%q: exit code %d, %s%s", args, got.code, got.stderr, got.stdout)
		}
	}
}

// An API server that doesn't answer is no usage error: the checks fail, and say why.
func TestDoctorWithoutCluster(t *testing.T) {
	got := program(t, "", "doctor", "--kubeconfig="+write(t, "kubeconfig", nowhere), "--profiles=../../examples/cluster-config.yaml")
	if got.code != cli.ExitFailed || !strings.Contains(got.stdout, "fail    kubernetes-version        not checked: ") || !strings.Contains(got.stdout, "connection refused") {
		t.Errorf("exit code %d, %s%s", got.code, got.stderr, got.stdout)
	}
}
