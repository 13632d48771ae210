package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDeriveGoMod(t *testing.T) {
	printed, err := os.ReadFile(filepath.Join("testdata", "kubernetes-v1.34.4.json"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join("testdata", "derived-v1.34.4.mod"))
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := parseGoMod(printed)
	if err != nil {
		t.Fatal(err)
	}
	v, err := parseVersion("v1.34.4")
	if err != nil {
		t.Fatal(err)
	}
	got, err := deriveGoMod(parsed, v)
	if err != nil || got != string(want) {
		t.Errorf("deriveGoMod: %v, got\n%s\nwant\n%s", err, got, want)
	}
}

func TestDeriveGoModRefuses(t *testing.T) {
	for name, test := range map[string]struct{ json, want string }{
		"no etcd":     {`{"Go":"1.24.0","Require":[{"Path":"k8s.io/api","Version":"v0.0.0"}]}`, "can't determine the etcd version"},
		"no staging":  {`{"Go":"1.24.0","Require":[{"Path":"go.etcd.io/etcd/client/v3","Version":"v3.6.4"},{"Path":"k8s.io/api","Version":"v0.34.4"}]}`, "no staging module"},
		"not staging": {`{"Go":"1.24.0","Require":[{"Path":"go.etcd.io/etcd/client/v3","Version":"v3.6.4"},{"Path":"example.org/k8s.io/api","Version":"v0.0.0"}]}`, "no staging module"},
	} {
		parsed, err := parseGoMod([]byte(test.json))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := deriveGoMod(parsed, version{major: 1, minor: 34, patch: 4}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %q, %v; want an error with %q", name, got, err, test.want)
		}
	}
	if _, err := parseGoMod([]byte("module x")); err == nil {
		t.Error("parseGoMod of a go.mod that is not JSON: no error")
	}
}
