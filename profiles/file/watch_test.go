package file

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"fargate-webhook/internal/wake"
	"fargate-webhook/profiles"
)

var _ profiles.Notifier = (*Source)(nil)

// namesOf are the names of profiles.
func namesOf(list []profiles.Profile) []string {
	var names []string
	for _, profile := range list {
		names = append(names, profile.Name)
	}
	return names
}

// watching starts to watch a source, and returns a channel with a notice of changes.
func watching(t *testing.T, source *Source) <-chan struct{} {
	t.Helper()
	notices, ended := make(chan struct{}, 1), make(chan error)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		ended <- source.Watch(ctx, func() { wake.Notify(notices) })
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the watch ends with %v", err)
		}
	})
	<-notices // it has begun
	return notices
}

// await waits until the source lists just the profile, or nothing if that is "", reading it only
// when it tells of a change.
func await(t *testing.T, source *Source, notices <-chan struct{}, want string) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		select {
		case <-notices:
		case <-deadline:
			t.Fatalf("no change to %q is told", want)
		}
		list, err := source.List(t.Context())
		if want == "" && err != nil || slices.Equal(namesOf(list), []string{want}) {
			return
		}
	}
}

// Each change of each step is told, whatever way it is made in.
func TestWatch(t *testing.T) {
	type step struct {
		change func(t *testing.T, dir, path string)
		want   string
	}
	must := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	put := func(text string) func(t *testing.T, dir, path string) {
		return func(t *testing.T, _, path string) {
			t.Helper()
			write(t, path, []byte(text))
		}
	}
	over := func(t *testing.T, dir, path string) {
		t.Helper()
		write(t, filepath.Join(dir, "swap~"), []byte(other))
		must(t, os.Rename(filepath.Join(dir, "swap~"), path))
	}
	remove := func(t *testing.T, _, path string) {
		t.Helper()
		must(t, os.Remove(path))
	}
	mounted := func(version, text string) func(t *testing.T, dir, path string) {
		return func(t *testing.T, dir, _ string) {
			t.Helper()
			mount(t, dir, version, map[string]string{"p.yaml": text})
		}
	}
	link := func(t *testing.T, _, path string) {
		t.Helper()
		must(t, os.Symlink(filepath.Join(dataLink, "p.yaml"), path))
	}
	away := func(t *testing.T, dir, _ string) {
		t.Helper()
		must(t, os.RemoveAll(dir))
	}
	again := func(t *testing.T, dir, path string) {
		t.Helper()
		must(t, os.MkdirAll(dir, 0o700))
		write(t, path, []byte(other))
	}
	mountedFirst := func(t *testing.T, dir, path string) {
		t.Helper()
		mounted("..1", one)(t, dir, path)
		link(t, dir, path)
	}
	for name, steps := range map[string][]step{
		"written in place":       {{put(one), "one"}, {put(other), "other"}, {put(one), "one"}},
		"half written":           {{put(one), "one"}, {put(head), ""}, {put(other), "other"}},
		"renamed over":           {{put(one), "one"}, {over, "other"}, {put(one), "one"}},
		"deleted and made again": {{put(one), "one"}, {remove, ""}, {put(other), "other"}},
		"a ConfigMap":            {{mountedFirst, "one"}, {mounted("..2", other), "other"}, {mounted("..3", one), "one"}},
		"the folder disappears":  {{put(one), "one"}, {away, ""}, {again, "other"}, {put(one), "one"}},
		"several folders appear": {{again, "other"}, {put(one), "one"}},
	} {
		for _, of := range []string{"file", "folder"} {
			t.Run(name+"/"+of, func(t *testing.T) {
				dir := filepath.Join(t.TempDir(), "a", "b")
				if name != "several folders appear" {
					must(t, os.MkdirAll(dir, 0o700))
				}
				path := filepath.Join(dir, "p.yaml")
				source := New(path)
				if of == "folder" {
					source = New(dir)
				}
				notices := watching(t, source)
				for _, s := range steps {
					s.change(t, dir, path)
					await(t, source, notices, s.want)
				}
			})
		}
	}
}

// What changes beside a file is not told of.
func TestConcerns(t *testing.T) {
	source := New("dir/p.yaml", "folder/")
	for name, want := range map[string]bool{
		"dir/p.yaml": true, "dir/..data": true, "dir": true, "folder": true, "folder/x.yaml": true, "folder/..data": true,
		"dir/q.yaml": false, "dir/p.yaml~": false, "di": false, "other/..data": false, "folder/a/b": false,
	} {
		if got := source.concerns(name); got != want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}
