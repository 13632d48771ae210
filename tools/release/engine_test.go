package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestMain lets the test binary stand in for container engines: under one of their names it records
// its arguments.
func TestMain(m *testing.M) {
	log := os.Getenv("FAKE_ENGINE_LOG")
	if log == "" {
		os.Exit(m.Run())
	}
	name := filepath.Base(os.Args[0])
	if strings.Contains(os.Getenv("FAKE_ENGINE_DOWN"), name) {
		os.Exit(1)
	}
	if os.Args[1] != "info" {
		if err := os.WriteFile(log, []byte(name+"\n"+strings.Join(os.Args[1:], "\n")), 0o600); err != nil {
			os.Exit(2)
		}
	}
}

// `make image`, as docs/release.md says it, builds with the first engine that works, or with the one that
// ENGINE names.
func TestImageChoosesEngine(t *testing.T) {
	for name, c := range map[string]struct {
		installed, down string
		args            []string
		want            string // the engine
		wantTime        string // the argument by which it sets the time of everything in the image
	}{
		"all there":          {"docker podman buildah", "", nil, "docker", "SOURCE_DATE_EPOCH=" + testEpoch},
		"no Docker daemon":   {"docker podman buildah", "docker", nil, "podman", "--timestamp"},
		"only buildah":       {"buildah", "", nil, "buildah", "--timestamp"},
		"chosen":             {"docker podman buildah", "", []string{"ENGINE=buildah"}, "buildah", "--timestamp"},
		"one that we forgot": {"docker nerdctl", "docker", []string{"ENGINE=nerdctl"}, "nerdctl", "SOURCE_DATE_EPOCH=" + testEpoch},
		"no repository":      {"podman", "", []string{"SOURCE_DATE_EPOCH="}, "podman", ""},
	} {
		t.Run(name, func(t *testing.T) {
			log, env := fakeEngines(t, c.installed, c.down)
			args := append(imageCommand(t), append([]string{"IMAGE_ARGS=--pull"}, c.args...)...)
			if _, stderr, err := makeIn(t, root(t), env, args...); err != nil {
				t.Fatalf("%v: %s", err, stderr)
			}
			recorded, err := os.ReadFile(log)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Split(string(recorded), "\n")
			want := []string{
				c.want, "build", "--platform", "linux/amd64",
				"--build-arg", "VERSION=" + testVersion, "--build-arg", "REVISION=" + testRevision,
				"--tag", "REGISTRY/fargate-webhook:TAG",
			}
			switch c.wantTime {
			case "":
			case "--timestamp":
				want = append(want, "--timestamp", testEpoch)
			default:
				want = append(want, "--build-arg", c.wantTime)
			}
			if want = append(want, "--pull", "."); !slices.Equal(got, want) {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

// imageCommand returns the arguments of make for an image that docs/release.md shows.
func imageCommand(t *testing.T) []string {
	t.Helper()
	found := regexp.MustCompile(`(?m)^    make (image .*)$`).FindStringSubmatch(readFile(t, filepath.Join(root(t), "docs", "release.md")))
	if found == nil {
		t.Fatal("docs/release.md has no make image")
	}
	return strings.Fields(found[1])
}

// Without an engine that works, `make image` says what to install, and what works without one.
func TestImageWithoutEngine(t *testing.T) {
	for name, installed := range map[string]string{"none": "", "Docker without daemon": "docker"} {
		t.Run(name, func(t *testing.T) {
			log, env := fakeEngines(t, installed, installed)
			_, stderr, err := makeIn(t, root(t), env, "image")
			if err == nil {
				t.Error("make image succeeds")
			}
			for _, want := range []string{"none of docker, podman and buildah works here", "apt-get install buildah", "make image-oci"} {
				if !strings.Contains(stderr, want) {
					t.Errorf("no %q in %q", want, stderr)
				}
			}
			if _, err := os.Stat(log); err == nil {
				t.Error("an engine was started")
			}
		})
	}
}

// fakeEngines returns an environment whose PATH has nothing but these engines, some of them down,
// and the file that they record their arguments in.
func fakeEngines(t *testing.T, installed, down string) (log string, env []string) {
	t.Helper()
	folder := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	links := map[string]string{}
	for engine := range strings.FieldsSeq(installed) {
		links[engine] = self
	}
	for _, tool := range []string{"git", "awk"} { // which make calls
		if links[tool], err = exec.LookPath(tool); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range links {
		if err := os.Symlink(target, filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	log = filepath.Join(folder, "log")
	return log, []string{"PATH=" + folder, "FAKE_ENGINE_LOG=" + log, "FAKE_ENGINE_DOWN=" + down}
}
