package registration

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHosts(t *testing.T) {
	for url, want := range map[string][]string{
		"":                           {"hook.own.svc", "hook.own.svc.cluster.local", "hook.own"},
		"https://127.0.0.1:9443":     {"127.0.0.1"},
		"https://[::1]:9443":         {"::1"},
		"https://hook.example/path/": {"hook.example"},
	} {
		got, err := Target{URL: url, ServiceName: "hook", ServiceNamespace: "own"}.Hosts()
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q: %v; -want +got:\n%s", url, err, diff)
		}
	}
}

func TestHostsRejectsURL(t *testing.T) {
	for url, want := range map[string]string{
		"http://127.0.0.1:9443":   "scheme must be https",
		"127.0.0.1:9443":          "first path segment in URL cannot contain colon",
		"https://:9443":           "must have a host",
		"https://kim@host:9443":   "must not have a user, query or fragment",
		"https://host:9443?a=b":   "must not have a user, query or fragment",
		"https://host:9443#a":     "must not have a user, query or fragment",
		"https://ho st":           "invalid character",
		"https://host:port/path/": "invalid port",
	} {
		if got, err := (Target{URL: url}).Hosts(); got != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: have %q, %v; want %q", url, got, err, want)
		}
	}
}
