package main

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What can't work is refused before anything starts.
func TestServeUsage(t *testing.T) {
	file := []string{"--profiles", exampleProfiles}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no source":            {nil, "where are the Fargate profiles? give --cluster-name (the EKS API), --profiles (files), --ack-cluster-name (ACK's objects) or several of them"},
		"two CAs":              {append(file, "--state-dir", "a", "--cert-dir", "b"), "give one of them"},
		"port 0":               {append(file, "--port", "0"), "--port 0: a port is 1 to 65535"},
		"port -1":              {append(file, "--port=-1"), "--port -1: a port is 1 to 65535"},
		"port 65536":           {append(file, "--port", "65536"), "--port 65536: a port is 1 to 65535"},
		"kubelet's port":       {append(file, "--port", "10250"), "--port 10250: kubelet has this port on every Fargate node"},
		"a hasty refresh":      {append(file, "--refresh-interval", "10ms"), "--refresh-interval 10ms: at least 1s"},
		"a negative refresh":   {append(file, "--refresh-interval", "-1m"), "--refresh-interval -1m0s: at least 1s"},
		"stale at once":        {append(file, "--stale-after", "59s"), "--stale-after 59s: at least twice the 1m0s of --refresh-interval"},
		"negative delay":       {append(file, "--shutdown-delay", "-1s"), "can't be negative"},
		"negative size":        {append(file, "--audit-log-maxsize=-1"), "can't be negative"},
		"negative backups":     {append(file, "--audit-log-maxbackup=-1"), "can't be negative"},
		"negative age":         {append(file, "--audit-log-maxage=-1"), "can't be negative"},
		"log level":            {append(file, "--log-level", "loud"), `--log-level: unrecognized level: "loud"`},
		"URL by http":          {append(file, "--webhook-url", "http://127.0.0.1:9443"), `--webhook-url "http://127.0.0.1:9443": the API server calls https://host:port only`},
		"URL without a scheme": {append(file, "--webhook-url", "127.0.0.1:9443"), "--webhook-url: "},
		"URL without a host":   {append(file, "--webhook-url", "https://:9443"), "the API server calls https://host:port only"},
		"URL with a user":      {append(file, "--webhook-url", "https://kim@host:9443"), "only https://host:port and a path"},
		"URL with a query":     {append(file, "--webhook-url", "https://host:9443?a=b"), "only https://host:port and a path"},
		"URL with a fragment":  {append(file, "--webhook-url", "https://host:9443#a"), "only https://host:port and a path"},
		"URL that is none":     {append(file, "--webhook-url", "https://ho st"), "--webhook-url: "},
	} {
		t.Run(name, func(t *testing.T) {
			got := program(t, "", append([]string{"serve"}, c.args...)...)
			got.wants(t, exitUsage, c.want)
			if bare := program(t, "", c.args...); bare != got {
				t.Errorf("without the command's name: %+v", bare)
			}
		})
	}
}

// kubeconfig names an API server that isn't there.
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

// What fails at the start ends the program with its reason.
func TestServeFails(t *testing.T) {
	folder := t.TempDir()
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no kubeconfig": {[]string{"--kubeconfig", filepath.Join(folder, "missing")}, "find the API server: "},
		"audit log":     {[]string{"--kubeconfig", kubeconfig(t), "--state-dir", filepath.Join(folder, "state"), "--audit-log-path", folder}, "open the audit log: open " + folder},
		"certificates":  {[]string{"--kubeconfig", kubeconfig(t), "--cert-dir", filepath.Join(folder, "missing")}, filepath.Join(folder, "missing")},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"serve", "--profiles", exampleProfiles, "--webhook-url", "https://127.0.0.1:9443"}, c.args...)
			got := program(t, "", args...)
			got.wants(t, exitFailed, c.want)
		})
	}
}

func TestHosts(t *testing.T) {
	for url, want := range map[string][]string{
		"":                           {"hook.own.svc", "hook.own.svc.cluster.local", "hook.own"},
		"https://127.0.0.1:9443":     {"127.0.0.1"},
		"https://[::1]:9443":         {"::1"},
		"https://hook.example/path/": {"hook.example"},
	} {
		flags := serveFlags{webhookURL: url, serviceName: "hook", namespace: "own"}
		got, err := flags.hosts()
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q: %v; -want +got:\n%s", url, err, diff)
		}
	}
}

func TestOwnNamespace(t *testing.T) {
	t.Setenv("POD_NAMESPACE", "")
	if got := ownNamespace(); got != "fargate-webhook" {
		t.Errorf("have %q", got)
	}
	t.Setenv("POD_NAMESPACE", "own")
	if got := ownNamespace(); got != "own" {
		t.Errorf("have %q", got)
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
