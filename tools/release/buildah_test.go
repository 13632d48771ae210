//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
)

// `make image` builds the real Dockerfile, and the program in the image prints its version, reviews
// manifests, and serves, as the image's user. Tests pull no base images: one with this machine's Go
// and an empty one stand in for them under their names. Modules and build cache are this machine's.
func TestBuildah(t *testing.T) {
	engine := newBuildah(t)
	output(t, nil, "go", "-C", root(t), "mod", "download") // more than tests of this machine needed yet
	dockerfile := readFile(t, filepath.Join(root(t), "Dockerfile"))
	bases := regexp.MustCompile(`(?m)^FROM (?:--platform=\S+ )?(\S+)`).FindAllStringSubmatch(dockerfile, -1)
	if len(bases) != 2 {
		t.Fatalf("the Dockerfile has base images %q", bases)
	}
	const image = "localhost/fargate-webhook:test"
	goenv := func(name string) string { return strings.TrimSpace(output(t, nil, "go", "env", name)) }
	args := []string{
		"--pull-never",
		"--build-context=" + bases[0][1] + "=docker-image://" + engine.golang(t),
		"--build-context=" + bases[1][1] + "=docker-image://" + engine.empty(t),
		"--volume=" + t.TempDir() + ":/tmp",
		"--volume=" + goenv("GOROOT") + ":/usr/local/go:ro",
		"--volume=" + goenv("GOMODCACHE") + ":/go/pkg/mod:ro",
		"--volume=" + goenv("GOCACHE") + ":/cache",
	}
	if _, stderr, err := makeIn(t, root(t), engine.env, "image", "ENGINE=buildah", "IMAGE="+image, "PLATFORM=linux/"+runtime.GOARCH, "IMAGE_ARGS="+strings.Join(args, " ")); err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	t.Run("config", func(t *testing.T) { checkConfig(t, engine.config(t, image)) })
	folder := engine.mount(t, image)
	t.Run("files", func(t *testing.T) {
		if files := filesIn(t, folder); len(files) != 1 || files[0] != "fargate-webhook" {
			t.Errorf("the image adds %q to its base, want only the program", files)
		}
	})
	if err := os.CopyFS(filepath.Join(folder, "examples"), os.DirFS(filepath.Join(root(t), "examples"))); err != nil {
		t.Fatal(err)
	}
	t.Run("version", func(t *testing.T) {
		want := "fargate-webhook " + testVersion + " " + testRevision + " " + runtime.Version() + " linux/" + runtime.GOARCH + "\n"
		if got, err := inside(t, folder, "version").CombinedOutput(); err != nil || string(got) != want {
			t.Errorf("prints %q, %v; want %q", got, err, want)
		}
	})
	t.Run("review", func(t *testing.T) {
		got, err := inside(t, folder, "review", "-f", "/examples/deployment-unlabelled.yaml", "--profiles", "/examples/cluster-config.yaml").CombinedOutput()
		if err != nil || !strings.Contains(string(got), "Fargate: apps-fargate-profile") {
			t.Errorf("prints %q, %v", got, err)
		}
	})
	t.Run("serve", func(t *testing.T) { serve(t, folder) })
}

// imageUser is the user and group that the program runs as.
const imageUser = 65532

// checkConfig checks what an image says about itself.
func checkConfig(t *testing.T, config imageConfig) {
	t.Helper()
	if config.Config.User != fmt.Sprintf("%[1]d:%[1]d", imageUser) || strings.Join(config.Config.Entrypoint, " ") != "/fargate-webhook" || len(config.Config.Cmd) != 0 {
		t.Errorf("%+v", config)
	}
	if config.OS != "linux" || config.Architecture != runtime.GOARCH || config.Created.Unix() != 1700000000 {
		t.Errorf("for %s/%s, created %v", config.OS, config.Architecture, config.Created)
	}
	for label, want := range map[string]string{"version": testVersion, "revision": testRevision, "title": "fargate-webhook", "licenses": "Apache-2.0"} {
		if got := config.Config.Labels["org.opencontainers.image."+label]; got != want {
			t.Errorf("label %s is %q, want %q", label, got, want)
		}
	}
}

type imageConfig struct {
	OS           string    `json:"os"`
	Architecture string    `json:"architecture"`
	Created      time.Time `json:"created"`
	Config       struct {
		User            string
		Entrypoint, Cmd []string
		Labels          map[string]string
	} `json:"config"`
}
