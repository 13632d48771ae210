package main

import (
	"path/filepath"
	"slices"
	"testing"

	"fargate-webhook/cmd/fargate-webhook/cli"
)

// Invalid flags are reported before anything starts.
func TestServeUsage(t *testing.T) {
	file := []string{"--profiles", exampleProfiles}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no source":           {nil, "set at least one of --cluster-name, --profiles and --ack-cluster-name"},
		"two CAs":             {append(file, "--state-dir", "a", "--cert-dir", "b"), `--state-dir "a" and --cert-dir "b": set at most one of them`},
		"names without a CA":  {append(file, "--client-allowed-names", "kube-apiserver"), "--client-allowed-names: set --client-ca-file too"},
		"empty name":          {append(file, "--client-ca-file=ca.crt", "--client-allowed-names=a,"), "--client-allowed-names: names must not be empty"},
		"port 0":              {append(file, "--port", "0"), "--port 0: must be between 1 and 65535"},
		"port -1":             {append(file, "--port=-1"), "--port -1: must be between 1 and 65535"},
		"port 65536":          {append(file, "--port", "65536"), "--port 65536: must be between 1 and 65535"},
		"port of kubelet":     {append(file, "--port", "10250"), "--port 10250: must not be the port of the kubelet"},
		"fast refresh":        {append(file, "--refresh-interval", "10ms"), "--refresh-interval 10ms: must be at least 1s"},
		"negative refresh":    {append(file, "--refresh-interval", "-1m"), "--refresh-interval -1m0s: must be at least 1s"},
		"stale too soon":      {append(file, "--stale-after", "59s"), "--stale-after 59s: must be at least 2m0s, twice --refresh-interval"},
		"negative delay":      {append(file, "--shutdown-delay", "-1s"), "--shutdown-delay -1s: must not be negative"},
		"negative size":       {append(file, "--audit-log-maxsize=-1"), "--audit-log-maxsize -1: must not be negative"},
		"negative backups":    {append(file, "--audit-log-maxbackup=-1"), "--audit-log-maxbackup -1: must not be negative"},
		"fold too short":      {append(file, "--audit-log-fold=1ms"), "--audit-log-fold 1ms: must be between 1s and 1h, or 0"},
		"fold too long":       {append(file, "--audit-log-fold=2h"), "--audit-log-fold 2h0m0s: must be between 1s and 1h, or 0"},
		"negative age":        {append(file, "--audit-log-maxage=-1"), "--audit-log-maxage -1: must not be negative"},
		"unknown log level":   {append(file, "--log-level", "loud"), `--log-level "loud": must be debug, info, warn or error`},
		"debug for everybody": {append(file, "--debug-bind-address", ":6060"), `--debug-bind-address ":6060": must be a loopback address with a port, such as 127.0.0.1:6060`},
		"webhook URL by http": {append(file, "--webhook-url", "http://127.0.0.1:9443"), `--webhook-url "http://127.0.0.1:9443": scheme must be https`},
	} {
		t.Run(name, func(t *testing.T) {
			got := program(t, "", append([]string{"serve"}, c.args...)...)
			got.wants(t, cli.ExitUsage, c.want)
			if bare := program(t, "", c.args...); bare != got {
				t.Errorf("without the name of the command: %+v", bare)
			}
		})
	}
}

// kubeconfig returns the path of a kubeconfig file for an API server that does not exist.
func kubeconfig(t *testing.T) string {
	t.Helper()
	return write(t, "kubeconfig", `apiVersion: v1
kind: Config
current-context: nowhere
clusters: [{name: nowhere, cluster: {server: "https://127.0.0.1:1"}}]
contexts: [{name: nowhere, context: {cluster: nowhere, user: nobody}}]
users: [{name: nobody, user: {}}]
`)
}

// A failure at startup ends the program, and its reason is printed.
func TestServeFails(t *testing.T) {
	folder := t.TempDir()
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no kubeconfig": {[]string{"--kubeconfig", filepath.Join(folder, "missing")}, "load the kubeconfig: "},
		"audit log":     {[]string{"--kubeconfig", kubeconfig(t), "--state-dir", filepath.Join(folder, "state"), "--audit-log-path", folder}, "open the audit log: open " + folder},
		"certificates":  {[]string{"--kubeconfig", kubeconfig(t), "--cert-dir", filepath.Join(folder, "missing")}, filepath.Join(folder, "missing")},
		"path file":     {[]string{"--kubeconfig", kubeconfig(t), "--state-dir", filepath.Join(folder, "state"), "--path-file", filepath.Join(folder, "missing")}, "read the secret paths: open " + filepath.Join(folder, "missing")},
		"client CA":     {[]string{"--kubeconfig", kubeconfig(t), "--state-dir", filepath.Join(folder, "state"), "--client-ca-file", filepath.Join(folder, "missing")}, "read the CA of client certificates: open " + filepath.Join(folder, "missing")},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"serve", "--profiles", exampleProfiles, "--webhook-url", "https://127.0.0.1:9443"}, c.args...)
			got := program(t, "", args...)
			got.wants(t, cli.ExitFailed, c.want)
		})
	}
}

func TestDefaultCommand(t *testing.T) {
	for _, c := range []struct{ args, want []string }{
		{nil, []string{"serve"}},
		{[]string{"--port", "1"}, []string{"serve", "--port", "1"}},
		{[]string{"-h"}, []string{"-h"}},
		{[]string{"--help"}, []string{"--help"}},
		{[]string{"review", "--help"}, []string{"review", "--help"}},
		{[]string{"version"}, []string{"version"}},
	} {
		if got := withDefaultCommand(c.args); !slices.Equal(got, c.want) {
			t.Errorf("%q becomes %q", c.args, got)
		}
	}
}
