package main

import (
	"bytes"
	"context"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// compiler is a stand-in for the go command: `go build … -o FILE …` writes a program to FILE and
// its name to a log.
const compiler = `#!/bin/sh
while [ $# -gt 0 ]; do
  if [ "$1" = -o ]; then out=$2; fi
  shift
done
echo "${out##*/}" >> "$BUILDS"
echo half > "$out"
case "$out" in
  */"$BROKEN") echo "no luck with $BROKEN" >&2; exit 1 ;;
  */"$HANGING") echo "$out" > "$STARTED"; exec sleep 60 ;;
esac
printf '#!/bin/sh\necho whole\n' > "$out"
chmod +x "$out"
`

// withCompiler puts the stand-in into PATH, and returns a function that returns which programs it
// has built since the last call.
func withCompiler(t *testing.T) (builds func() []string) {
	t.Helper()
	dir := t.TempDir()
	writeProgram(t, filepath.Join(dir, "go"), compiler)
	log := filepath.Join(dir, "builds")
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("BUILDS", log)
	return func() []string {
		content, err := os.ReadFile(log)
		if err != nil {
			return nil
		}
		if err := os.Remove(log); err != nil {
			t.Fatal(err)
		}
		return strings.Fields(string(content))
	}
}

func writeProgram(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o700); err != nil {
		t.Fatal(err)
	}
}

// clone returns the job of a clone of the repository.
func clone(t *testing.T, stores ...store) job {
	t.Helper()
	module := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum"} {
		if err := os.WriteFile(filepath.Join(module, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return job{
		tool:    goTool{version: "go1.26.8", platform: "linux/amd64", moduleDir: module},
		version: version{major: 1, minor: 37, patch: 2},
		stores:  stores,
		out:     filepath.Join(module, "bin", "controlplane", "v1.37.2"),
		log:     io.Discard,
	}
}

// names returns the names of all programs.
func names() []string {
	var all []string
	for _, p := range programs() {
		all = append(all, p.name)
	}
	return all
}

// wantLinked checks that a clone has all programs, whole.
func wantLinked(t *testing.T, j job) {
	t.Helper()
	for _, name := range names() {
		if content, err := os.ReadFile(filepath.Join(j.out, name)); err != nil || !strings.Contains(string(content), "whole") {
			t.Errorf("%s: %q, %v; want the whole program", name, content, err)
		}
	}
}

// wantOnly checks which files a directory has.
func wantOnly(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s has %q; want %q", dir, got, want)
	}
}

func TestSecondCloneBuildsNothing(t *testing.T) {
	builds := withCompiler(t)
	shared := store(filepath.Join(t.TempDir(), "not", "yet", "there"))
	first, second := clone(t, shared), clone(t, shared)
	if err := first.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := builds(); !slices.Equal(got, names()) {
		t.Errorf("the first clone built %q", got)
	}
	// A read-only cache is enough for it.
	if err := os.Remove(filepath.Join(string(shared), lockFile)); err != nil {
		t.Fatal(err)
	}
	if err := second.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := builds(); got != nil {
		t.Errorf("the second clone built %q", got)
	}
	wantLinked(t, first)
	wantLinked(t, second)
	stamp, err := second.stamp()
	if err != nil {
		t.Fatal(err)
	}
	wantOnly(t, string(shared), folderName(second.version, stamp))
	wantOnly(t, shared.folder(second.version, stamp), append(names(), recipeFile)...)
}

func TestOtherRecipesStayApart(t *testing.T) {
	builds := withCompiler(t)
	shared := store(t.TempDir())
	first, second := clone(t, shared), clone(t, shared)
	second.tool.version = "go1.26.9"
	for _, j := range []job{first, second, first} {
		if err := j.run(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := builds(); !slices.Equal(got, append(names(), names()...)) {
		t.Errorf("built %q; want each program twice", got)
	}
}

func TestFailedBuildKeepsWhatIsWhole(t *testing.T) {
	builds := withCompiler(t)
	shared := store(t.TempDir())
	j := clone(t, shared)
	t.Setenv("BROKEN", "kube-apiserver")
	if err := j.run(t.Context()); err == nil || !strings.Contains(err.Error(), "no luck with kube-apiserver") {
		t.Errorf("%v; want the compiler's output", err)
	}
	builds()
	stamp, err := j.stamp()
	if err != nil {
		t.Fatal(err)
	}
	wantOnly(t, shared.folder(j.version, stamp), "etcd", "kubectl", recipeFile)
	wantOnly(t, string(shared), lockFile, folderName(j.version, stamp))
	if _, err := os.Stat(j.out); err == nil {
		t.Error("a failed build has left links")
	}
	t.Setenv("BROKEN", "")
	if err := j.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := builds(); !slices.Equal(got, []string{"kube-apiserver", "kube-controller-manager"}) {
		t.Errorf("then built %q", got)
	}
	wantLinked(t, j)
}

// A killed run can't clean up. The next one removes its work directory, and no half program of it
// is taken.
func TestKilledBuildLeavesNothingHalf(t *testing.T) {
	builds := withCompiler(t)
	shared := store(t.TempDir())
	half := filepath.Join(string(shared), buildPrefix+"killed")
	if err := os.Mkdir(half, 0o700); err != nil {
		t.Fatal(err)
	}
	writeProgram(t, filepath.Join(half, "etcd"), "half")
	j := clone(t, shared)
	if err := j.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := builds(); !slices.Equal(got, names()) {
		t.Errorf("built %q", got)
	}
	wantLinked(t, j)
	stamp, err := j.stamp()
	if err != nil {
		t.Fatal(err)
	}
	wantOnly(t, string(shared), lockFile, folderName(j.version, stamp))
}

func TestInterruptedBuildCleansUp(t *testing.T) {
	withCompiler(t)
	shared := store(t.TempDir())
	j := clone(t, shared)
	fifo := filepath.Join(t.TempDir(), "started")
	makeFifo(t, fifo)
	t.Setenv("HANGING", "kubectl")
	t.Setenv("STARTED", fifo)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- j.run(ctx) }()
	if _, err := os.ReadFile(fifo); err != nil { // blocks until kubectl's build has begun
		t.Fatal(err)
	}
	cancel()
	if err := <-done; err == nil {
		t.Error("an interrupted build has no error")
	}
	stamp, err := j.stamp()
	if err != nil {
		t.Fatal(err)
	}
	wantOnly(t, shared.folder(j.version, stamp), "etcd", recipeFile)
	wantOnly(t, string(shared), lockFile, folderName(j.version, stamp))
}

func TestConcurrentClonesBuildOnce(t *testing.T) {
	builds := withCompiler(t)
	shared := store(t.TempDir())
	jobs := []job{clone(t, shared), clone(t, shared), clone(t, shared)}
	var group sync.WaitGroup
	for _, j := range jobs {
		group.Go(func() {
			if err := j.run(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := builds(); !slices.Equal(got, names()) {
		t.Errorf("built %q; want each program once", got)
	}
	for _, j := range jobs {
		wantLinked(t, j)
	}
}

func TestUnwritableCache(t *testing.T) {
	withCompiler(t)
	file := filepath.Join(t.TempDir(), "file")
	writeProgram(t, file, "")
	var log bytes.Buffer
	j := clone(t, store(filepath.Join(file, "cache")))
	fallback := checkoutStore(filepath.Join(j.tool.moduleDir, "bin"))
	j.stores = append(j.stores, fallback)
	j.log = &log
	if err := j.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := "building into " + string(fallback) + " instead"; !strings.Contains(log.String(), want) {
		t.Errorf("printed %q; want %q", log.String(), want)
	}
	wantLinked(t, j)
	log.Reset()
	if err := j.run(t.Context()); err != nil || strings.Contains(log.String(), "building") {
		t.Errorf("then: %v, %q", err, log.String())
	}
	j.stores = j.stores[:1]
	if err := j.run(t.Context()); err == nil {
		t.Error("no error without a store that can be written")
	}
}

func TestStoresWithoutHome(t *testing.T) {
	t.Setenv("HOME", "")
	t.Setenv("XDG_CACHE_HOME", "")
	var log bytes.Buffer
	got := storesFor("bin", &log)
	if !slices.Equal(got, []store{checkoutStore("bin")}) || !strings.Contains(log.String(), "building into "+string(got[0])) {
		t.Errorf("%q, printed %q; want the checkout's alone", got, log.String())
	}
}

func TestTidy(t *testing.T) {
	t.Setenv("HOME", "")
	t.Setenv("XDG_CACHE_HOME", "")
	if err := tidy(t.Context(), false, io.Discard); err != nil {
		t.Errorf("without a cache directory: %v", err)
	}
	cache := t.TempDir()
	t.Setenv("HOME", cache)
	t.Setenv("XDG_CACHE_HOME", cache)
	shared, err := cacheStore()
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	for _, remove := range []bool{false, true} {
		if err := tidy(t.Context(), remove, &log); err != nil || log.Len() > 0 {
			t.Errorf("of a cache that isn't there: %v, %q", err, log.String())
		}
	}
	if err := os.MkdirAll(filepath.Join(string(shared), "v1.37.2-abc"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := tidy(t.Context(), false, &log); err != nil || !strings.Contains(log.String(), string(shared)) || !strings.Contains(log.String(), "make clean-cache") {
		t.Errorf("--where: %v, %q", err, log.String())
	}
	if err := tidy(t.Context(), true, &log); err != nil {
		t.Errorf("--clean: %v", err)
	}
	if _, err := os.Stat(string(shared)); !os.IsNotExist(err) {
		t.Errorf("--clean has left %s: %v", shared, err)
	}
}

func TestLinkReplacesFiles(t *testing.T) {
	out := t.TempDir()
	writeProgram(t, filepath.Join(out, "etcd"), "an old build")
	for _, target := range []string{"/one", "/two", "/two"} {
		if err := linkAll(out, map[string]string{"etcd": target}); err != nil {
			t.Fatal(err)
		}
		if got, err := os.Readlink(filepath.Join(out, "etcd")); err != nil || got != target {
			t.Errorf("links to %q, %v; want %s", got, err, target)
		}
		wantOnly(t, out, "etcd")
	}
}

func TestFittingAssets(t *testing.T) {
	v := version{major: 1, minor: 37, patch: 2}
	script := func(text string) string { return "#!/bin/sh\necho '" + text + "'\n" }
	for name, test := range map[string]struct {
		program, script string
		want            string // empty: it fits
	}{
		"the same":           {"kube-apiserver", script("Kubernetes v1.37.2"), ""},
		"another":            {"kube-apiserver", script("Kubernetes v1.37.1"), "version 1.37.1: must be v1.37.2"},
		"longer":             {"kube-apiserver", script("Kubernetes v1.37.20"), "version 1.37.20: must be v1.37.2"},
		"candidate":          {"kube-apiserver", script("Kubernetes v1.37.2-rc.0"), "must be v1.37.2"},
		"kubectl":            {"kubectl", "#!/bin/sh\n[ \"$1 $2\" = 'version --client' ] && echo 'Client Version: v1.37.2\nKustomize Version: v5.8.1'\n", ""},
		"another kubectl":    {"kubectl", script("Client Version: v1.36.0"), "must be v1.37.2"},
		"etcd":               {"etcd", script("etcd Version: 3.6.4\nGit SHA: 1234"), ""},
		"old etcd":           {"etcd", script("etcd Version: 3.4.30"), "must be 3.5 or later"},
		"etcd of the future": {"etcd", script("etcd Version: 4.6.0"), "must be 3.5 or later"},
		"no version":         {"kube-apiserver", script("hello"), "it prints no version"},
		"fails":              {"kube-apiserver", "#!/bin/sh\nexit 3\n", "exit status 3"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, test.program)
			writeProgram(t, file, test.script)
			var log bytes.Buffer
			got := fittingAssets(t.Context(), dir, v, &log)
			want := map[string]string{}
			if test.want == "" {
				want[test.program] = file
			}
			if !maps.Equal(got, want) || !strings.Contains(log.String(), test.want) || !strings.Contains(log.String(), assetsVariable) {
				t.Errorf("%v, printed %q; want %v and %q", got, log.String(), want, test.want)
			}
		})
	}
	var log bytes.Buffer
	if got := fittingAssets(t.Context(), "", v, &log); len(got) > 0 || log.Len() > 0 {
		t.Errorf("unset: %v, printed %q", got, log.String())
	}
	if got := fittingAssets(t.Context(), "assets", v, &log); len(got) > 0 || !strings.Contains(log.String(), "must be an absolute path") {
		t.Errorf("relative: %v, printed %q", got, log.String())
	}
}

func TestAssetsAreNotBuilt(t *testing.T) {
	builds := withCompiler(t)
	j := clone(t, store(t.TempDir()))
	dir := t.TempDir()
	j.assets = map[string]string{}
	for _, name := range []string{"etcd", "kube-apiserver", "kubectl"} {
		j.assets[name] = filepath.Join(dir, name)
		writeProgram(t, j.assets[name], "whole")
	}
	if err := j.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := builds(); !slices.Equal(got, []string{"kube-controller-manager"}) {
		t.Errorf("built %q", got)
	}
	wantLinked(t, j)
	if got, err := os.Readlink(filepath.Join(j.out, "etcd")); err != nil || got != j.assets["etcd"] {
		t.Errorf("etcd links to %q, %v", got, err)
	}
	// Without them the others are built.
	j.assets = nil
	if err := j.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := builds(); !slices.Equal(got, []string{"etcd", "kubectl", "kube-apiserver"}) {
		t.Errorf("then built %q", got)
	}
	wantLinked(t, j)
}
