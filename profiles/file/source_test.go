package file

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"fargate-webhook/internal/yamlfile"
	"fargate-webhook/profiles"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestListReadsAClusterConfig(t *testing.T) {
	want := []profiles.Profile{
		{Name: "default-fargate-profile", Status: profiles.StatusActive,
			Selectors: []profiles.Selector{{Namespace: "default"}, {Namespace: "kube-system"}}},
		{Name: "apps-fargate-profile", Status: profiles.StatusActive, Selectors: []profiles.Selector{
			{Namespace: "apps", Labels: map[string]string{"run": "on-fargate"}},
			{Namespace: "team-*", Labels: map[string]string{"app.kubernetes.io/*": "web-?", "empty": ""}},
		}},
		{Name: "leaving", Status: profiles.StatusDeleting, Selectors: []profiles.Selector{{Namespace: "old", Labels: map[string]string{}}}},
	}
	got, err := New(filepath.Join("testdata", "cluster-config.yaml")).List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestListReadsAnchorsMergesAndDocuments(t *testing.T) {
	apps := []profiles.Selector{{Namespace: "apps", Labels: map[string]string{"run": "on-fargate", "tier": "web"}}}
	want := []profiles.Profile{
		{Name: "one", Status: profiles.StatusActive, Selectors: apps},
		{Name: "two", Status: profiles.StatusActive, Selectors: apps},
		{Name: "three", Status: profiles.StatusActive, Selectors: []profiles.Selector{
			{Namespace: "three", Labels: map[string]string{"run": "elsewhere", "tier": "web", "extra": "1"}}}},
		{Name: "four", Status: profiles.StatusActive, Selectors: apps},
	}
	got, err := New(filepath.Join("testdata", "anchors.yaml")).List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestListReadsTheFileAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	source := New(path)
	if _, err := source.List(t.Context()); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("missing file: got %v, want an error that names it", err)
	}
	for _, name := range []string{"first", "second"} {
		write(t, path, []byte(head+"fargateProfiles: [{name: "+name+", selectors: [{namespace: apps}]}]\n"))
		list, err := source.List(t.Context())
		if err != nil || len(list) != 1 || list[0].Name != name {
			t.Errorf("got %v, %v, want the profile %s", list, err, name)
		}
	}
}

func TestListOfWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	if _, err := New(dir).List(t.Context()); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("directory: got %v, want an error that names it", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := New(filepath.Join("testdata", "cluster-config.yaml")).List(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("ended context: got %v", err)
	}
}

func TestListOfAHugeFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	content := []byte(head + "fargateProfiles: []\n")
	fill := bytes.Repeat([]byte("#"), yamlfile.MaxBytes-len(content))
	write(t, path, append(content, fill...))
	if _, err := New(path).List(t.Context()); err != nil {
		t.Errorf("a file of exactly the limit: %v", err)
	}
	write(t, path, append(append(content, fill...), '#'))
	if _, err := New(path).List(t.Context()); err == nil || !strings.Contains(err.Error(), "larger than 1 MiB") {
		t.Errorf("a file larger than the limit: got %v", err)
	}
	if _, err := NewOffline(path).List(t.Context()); err != nil {
		t.Errorf("the same file offline: %v", err)
	}
	write(t, path, append(content, bytes.Repeat([]byte("#"), MaxOffline)...))
	if _, err := NewOffline(path).List(t.Context()); err == nil || !strings.Contains(err.Error(), "larger than 64 MiB") {
		t.Errorf("a file larger than the limit offline: got %v", err)
	}
}

// write makes a file.
func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
