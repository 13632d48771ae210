package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The go.mod of a release, reduced to what counts, and the one that is derived from it. UPDATE=1
// rewrites the latter.
func TestDeriveGoMod(t *testing.T) {
	for _, release := range []string{"v1.34.4", "v1.35.4", "v1.36.3", "v1.37.2"} {
		t.Run(release, func(t *testing.T) {
			printed, err := os.ReadFile(filepath.Join("testdata", "kubernetes-"+release+".json"))
			if err != nil {
				t.Fatal(err)
			}
			parsed, err := parseGoMod(printed)
			if err != nil {
				t.Fatal(err)
			}
			v, err := parseVersion(release)
			if err != nil {
				t.Fatal(err)
			}
			got, err := deriveGoMod(parsed, v)
			if err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", "derived-"+release+".mod")
			if os.Getenv("UPDATE") != "" {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
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
