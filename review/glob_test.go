package review_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fargate-webhook/review"
)

// A path where nothing is may be a pattern, of files and folders; a file of that name comes first.
func TestPatterns(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"a.yaml", "b.txt", "c[1].yaml", "sub/d.yaml", "sub/deep/e.yaml", "none/f.txt"} {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{
		"*.yaml":         "a.yaml c[1].yaml",
		"[ab].*":         "a.yaml b.txt",
		"c[1].yaml":      "c[1].yaml",
		"s*":             "sub/d.yaml",
		"sub/*/*.yaml":   "sub/deep/e.yaml",
		"n*":             "read manifests: none: no .yaml, .yml or .json file in it; add -R to read its subfolders too",
		"*.json":         `read manifests: no file matches "*.json"`,
		"[":              `read manifests: the pattern "[" is not valid: syntax error in pattern`,
		"missing":        "read manifests: stat missing: no such file or directory",
		"sub/deep/[x-z]": `read manifests: no file matches "sub/deep/[x-z]"`,
	} {
		list, err := review.Files([]string{path}, false)
		got := strings.Join(list, " ")
		if err != nil {
			got = err.Error()
		}
		if got != filepath.FromSlash(want) {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}
