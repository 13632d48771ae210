package deploy

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// The image is built from exactly what the binary is made of: what `go list` names is in the build
// context, and nothing but Go code, what it embeds, and the module's files is. It is read with Docker's own library.
func TestBuildContext(t *testing.T) {
	ignored := dockerignore(t)
	made := map[string]bool{}
	for _, arch := range []string{"amd64", "arm64"} {
		for _, file := range sources(t, arch) {
			made[file] = true
			if ignored(t, file) {
				t.Errorf("the binary for linux/%s is made of %s, which isn't in the build context: add its folder to .dockerignore", arch, file)
			}
		}
	}
	for _, file := range buildContext(t, ignored) {
		if path.Ext(file) != ".go" && !made[file] {
			t.Errorf("%s is in the build context, and no binary is made of it: exclude it in .dockerignore", file)
		}
	}
}

// No secret, history, output or other checkout gets into the build context, even from inside the
// folders that are part of it.
func TestBuildContextExcludes(t *testing.T) {
	ignored := dockerignore(t)
	for _, file := range []string{
		".env", ".git", ".git/config", ".github/workflows/ci.yaml", ".netrc", ".ssh/id_ed25519",
		"cmd/.env", "cmd/fargate-webhook/.env.local", "certs/tls.key", "certs/ca.pem", "certs/tls.crt", "cmd/kubeconfig", "cmd/admin.kubeconfig.yaml",
		"bin", "bin/fargate-webhook", "dist/SHA256SUMS", "fargate-webhook", "coverage.out",
		"worktrees/feature/go.mod", "cmd/.worktrees/feature/main.go", "docs/facts.md", "deploy/manifests/policy.yaml", "test/e2e/down_test.go",
		"fargate/decide_test.go", "fargate/testdata/rapid/x.fail", "tools/go.mod", "vendor/modules.txt",
	} {
		if !ignored(t, file) {
			t.Errorf("%s would be sent to the builder: exclude it in .dockerignore", file)
		}
	}
}

// dockerignore returns whether .dockerignore keeps a file, given by its slash-separated path, out
// of the build context.
func dockerignore(t *testing.T) func(t *testing.T, file string) bool {
	t.Helper()
	f, err := os.Open("../.dockerignore")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read
	patterns, err := ignorefile.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	matcher, err := patternmatcher.New(patterns)
	if err != nil {
		t.Fatal(err)
	}
	return func(t *testing.T, file string) bool {
		t.Helper()
		ignored, err := matcher.MatchesOrParentMatches(filepath.FromSlash(file))
		if err != nil {
			t.Fatal(err)
		}
		return ignored
	}
}

// sources returns the files of this module that the binary for linux on arch is compiled from.
func sources(t *testing.T, arch string) []string {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=Dir,Module,GoFiles,CgoFiles,SFiles,HFiles,EmbedFiles", "./cmd/fargate-webhook")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	files := []string{"go.mod", "go.sum"}
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			Dir                                           string
			Module                                        *struct{ Main bool }
			GoFiles, CgoFiles, SFiles, HFiles, EmbedFiles []string
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if p.Module == nil || !p.Module.Main {
			continue
		}
		for _, name := range slices.Concat(p.GoFiles, p.CgoFiles, p.SFiles, p.HFiles, p.EmbedFiles) {
			file, err := filepath.Rel(root, filepath.Join(p.Dir, name))
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, filepath.ToSlash(file))
		}
	}
	if len(files) < 100 {
		t.Fatalf("go list names only %v", files)
	}
	return files
}

// buildContext returns the files of this checkout that aren't ignored.
func buildContext(t *testing.T, ignored func(*testing.T, string) bool) []string {
	t.Helper()
	var files []string
	err := fs.WalkDir(os.DirFS(".."), ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if file == ".git" || file == "bin" {
				return fs.SkipDir
			}
			return nil
		}
		if !ignored(t, file) {
			files = append(files, file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
