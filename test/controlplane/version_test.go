package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseVersion(t *testing.T) {
	good := map[string]struct{ text, staging string }{
		"v1.37.2":      {"v1.37.2", "v0.37.2"},
		"1.34.4":       {"v1.34.4", "v0.34.4"},
		"v1.38.0-rc.1": {"v1.38.0-rc.1", "v0.38.0-rc.1"},
		"v1.31.0":      {"v1.31.0", "v0.31.0"},
	}
	for in, want := range good {
		v, err := parseVersion(in)
		if err != nil || v.String() != want.text || v.staging() != want.staging {
			t.Errorf("parseVersion(%q) = %s, staging %s, %v; want %s, %s", in, v, v.staging(), err, want.text, want.staging)
		}
	}
	for _, in := range []string{"", "v1.37", "v1.37.2.1", "latest", "v1.37.2 ", "v1.37.2/../..", "v1.37.2-", "v1.37.2-a/b", "v99999999999999999999.1.1"} {
		if v, err := parseVersion(in); !errors.Is(err, errVersion) {
			t.Errorf("parseVersion(%q) = %s, %v; want errVersion", in, v, err)
		}
	}
	for _, in := range []string{"v1.30.9", "v2.37.0", "v0.37.2"} {
		if v, err := parseVersion(in); err == nil || !strings.Contains(err.Error(), "must be v1.31 or later") {
			t.Errorf("parseVersion(%q) = %s, %v; want a refusal of the release", in, v, err)
		}
	}
}

func TestParseOptionalVersion(t *testing.T) {
	if v, err := parseOptionalVersion(""); err != nil || v != (version{}) {
		t.Errorf("empty: %v, %v; want the zero version", v, err)
	}
	if _, err := parseOptionalVersion("nonsense"); !errors.Is(err, errVersion) {
		t.Errorf("nonsense: %v; want errVersion", err)
	}
}

func TestCommittedVersion(t *testing.T) {
	if v, err := committedVersion("."); err != nil || v.minor < oldestMinor {
		t.Errorf("of this module: %s, %v", v, err)
	}
	dir := t.TempDir()
	if _, err := committedVersion(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without go.mod: %v; want ErrNotExist", err)
	}
	for content, want := range map[string]string{
		"module x\n": "does not require k8s.io/kubernetes",
		"module x\nrequire (\n\tk8s.io/kubernetes v1 )": "not a Kubernetes version",
	} {
		if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if v, err := committedVersion(dir); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("of %q: %s, %v; want an error with %q", content, v, err, want)
		}
	}
}
