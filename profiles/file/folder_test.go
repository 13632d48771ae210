package file

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const one, other = head + "fargateProfiles: [{name: one, selectors: [{namespace: a}]}]\n", head + "fargateProfiles: [{name: other, selectors: [{namespace: a}]}]\n"

// A folder is its YAML and JSON files, by name, as a mounted ConfigMap has them; what is hidden and
// its folders are not read.
func TestListOfAFolder(t *testing.T) {
	dir := t.TempDir()
	mount(t, dir, "..1", map[string]string{"b.yaml": one, "a.json": `[{"name":"first","selectors":[{"namespace":"a"}]}]`})
	for _, name := range []string{"b.yaml", "a.json"} {
		if err := os.Symlink(filepath.Join(dataLink, name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, ".hidden.yaml"), []byte("nonsense: ["))
	write(t, filepath.Join(dir, "README.md"), []byte("nonsense: ["))
	if err := os.Mkdir(filepath.Join(dir, "sub.yaml"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "c.yml"), []byte(other))
	if diff := cmp.Diff([]string{"first", "one", "other"}, listed(t, New(dir))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestListOfSeveral(t *testing.T) {
	dir, empty := t.TempDir(), t.TempDir()
	a, b, bad := filepath.Join(dir, "a.yaml"), filepath.Join(dir, "b"), filepath.Join(dir, "bad")
	write(t, a, []byte(one))
	write(t, b, []byte(other))
	write(t, bad, []byte(head))
	if diff := cmp.Diff([]string{"other", "one"}, listed(t, New(b, dir))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	const missing = ":1: fargateProfiles: missing: list the Fargate profiles of the cluster, or write [] if it has none"
	for name, c := range map[string]struct {
		paths []string
		want  string
	}{
		"a name twice":       {[]string{a, dir}, a + `:3: fargateProfiles[0].name: "one" is also the name of the profile at ` + a + ":3: remove one of the two"},
		"one of two is bad":  {[]string{a, bad}, bad + missing},
		"all that is wrong":  {[]string{bad, a, a}, bad + missing + "\n" + a + `:3: fargateProfiles[0].name: "one" is also the name of the profile at ` + a + ":3: remove one of the two"},
		"one of two missing": {[]string{a, dir + "/none"}, "read the Fargate profiles: stat " + dir + "/none: no such file or directory"},
		"an empty folder":    {[]string{a, empty}, "read the Fargate profiles: " + empty + ": no .yaml, .yml or .json file in it"},
	} {
		t.Run(name, func(t *testing.T) {
			list, err := New(c.paths...).List(t.Context())
			if err == nil || err.Error() != c.want || list != nil {
				t.Errorf("got %v, %v; want\n%s", list, err, c.want)
			}
		})
	}
}

// mount puts files into a folder of a folder and swaps the link to it, as Kubernetes does with a
// ConfigMap.
func mount(t *testing.T, dir, version string, files map[string]string) {
	t.Helper()
	if err := os.Mkdir(filepath.Join(dir, version), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		write(t, filepath.Join(dir, version, name), []byte(content))
	}
	link := filepath.Join(dir, dataLink)
	if err := os.Symlink(version, link+"_tmp"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(link+"_tmp", link); err != nil {
		t.Fatal(err)
	}
}

// listed returns the names of the profiles.
func listed(t *testing.T, source *Source) []string {
	t.Helper()
	list, err := source.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return namesOf(list)
}

// A link to nothing is an error: its profiles would be missing.
func TestListOfADanglingLink(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("nowhere", filepath.Join(dir, "a.yaml")); err != nil {
		t.Fatal(err)
	}
	if _, err := New(dir).List(t.Context()); err == nil || !strings.Contains(err.Error(), filepath.Join(dir, "a.yaml")) {
		t.Errorf("got %v", err)
	}
}
