package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// makefile copies the Makefile to a new folder, for targets that need nothing else: GO=true runs
// no Go.
func makefile(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	put(t, filepath.Join(folder, "Makefile"), readFile(t, filepath.Join(root(t), "Makefile")))
	return folder
}

func put(t *testing.T, file, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A release needs a version by which tags are named: not one that `git describe` makes up.
func TestReleaseVersion(t *testing.T) {
	folder := makefile(t)
	try := func(version string) (string, error) {
		_, stderr, err := makeIn(t, folder, nil, "release", "GO=true", "BASE_IMAGE=none", "DIRTY=allowed", "VERSION="+version)
		return stderr, err
	}
	for _, version := range []string{
		"", "1.2.3", "v1.2", "v1.2.3 x", "v1.2.3+x", "latest", "v01.2.3", "v1.02.3", "v1.2.03", "v1.2.3-", "v1.2.3-rc..1", "v1.2.3-rc.01", "v1.2.3-.1",
		"v1.2.3-dirty", "v1.2.3-5-gabcdef0", "v1.2.3-5-gabcdef0-dirty", "v1.2.3-rc.1-12-gabcdef0", "v1.2.3-rc.1-dirty",
	} {
		if stderr, err := try(version); err == nil || !strings.Contains(stderr, "must be like v1.2.3") {
			t.Errorf("VERSION=%q: %v, %q", version, err, stderr)
		}
	}
	for _, version := range []string{"v0.0.0", "v1.2.3", "v10.20.30-rc.1", "v1.2.3-0a.x-y.7", "v1.2.3--"} {
		if stderr, err := try(version); err != nil {
			t.Errorf("VERSION=%q: %v, %q", version, err, stderr)
		}
	}
}

// A release is built from the files of REVISION, and from nothing else.
func TestReleaseNeedsTheCommit(t *testing.T) {
	folder := makefile(t)
	put(t, filepath.Join(folder, ".gitignore"), "/dist\n")
	git := func(args ...string) string {
		return strings.TrimSpace(output(t, nil, "git", append([]string{"-C", folder, "-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"}, args...)...))
	}
	check := func(what, want string, args ...string) {
		t.Helper()
		_, stderr, err := makeIn(t, folder, nil, append([]string{"release", "GO=true", "BASE_IMAGE=none"}, args...)...)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(stderr, want) || !strings.Contains(stderr, "DIRTY=allowed")) {
			t.Errorf("%s: %v, %q; want %q", what, err, stderr, want)
		}
	}
	git("init", "-q")
	git("add", "-A")
	git("commit", "-qm", "a")
	head := "REVISION=" + git("rev-parse", "HEAD")
	check("the commit", "", head)
	check("another commit", `REVISION "`+testRevision+`" must be the commit`)
	check("another commit, as a trial", "", "DIRTY=allowed")

	put(t, filepath.Join(folder, "more.go"), "package more\n")
	check("a new file", "files differ from the commit", head)
	git("add", "-A")
	check("a new file in the index", "files differ from the commit", head)
	check("a new file, as a trial", "", head, "DIRTY=allowed")
	check("DIRTY with another word", "files differ from the commit", head, "DIRTY=no")
	git("commit", "-qm", "b")
	put(t, filepath.Join(folder, "more.go"), "package other\n")
	check("a changed file", "files differ from the commit", "REVISION="+git("rev-parse", "HEAD"))
}

// Without git nothing says which commit the files are of.
func TestReleaseNeedsGit(t *testing.T) {
	folder := makefile(t)
	_, stderr, err := makeIn(t, folder, []string{"GIT_CEILING_DIRECTORIES=" + filepath.Dir(folder)}, "release", "GO=true", "BASE_IMAGE=none")
	if err == nil || !strings.Contains(stderr, "must be built in a clone") {
		t.Errorf("%v, %q", err, stderr)
	}
}

// `make clean` removes the folder DIST, whatever its name.
func TestCleanQuotesDist(t *testing.T) {
	folder := makefile(t)
	put(t, filepath.Join(folder, "my dist", "a"), "")
	put(t, filepath.Join(folder, "my", "a"), "")
	if _, stderr, err := makeIn(t, folder, nil, "clean", "GO=true", "DIST=my dist"); err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	if _, err := os.Stat(filepath.Join(folder, "my dist")); !os.IsNotExist(err) {
		t.Errorf("my dist is still there: %v", err)
	}
	if _, err := os.Stat(filepath.Join(folder, "my", "a")); err != nil {
		t.Errorf("make clean removed another folder: %v", err)
	}
}
