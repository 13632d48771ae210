package file_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
	"fargate-webhook/policy/file"
	"fargate-webhook/profiles"
)

// shown is a policy in a form to read, which tells all of it.
type shown struct {
	policy.Settings
	Exempt     struct{ Namespaces, Usernames, Groups []string }
	Namespaces []shownNamespace
}

type shownNamespace struct {
	Match string
	policy.Settings
}

func show(p *policy.Policy) shown {
	texts := func(patterns []profiles.Pattern) []string {
		all := []string{}
		for _, pattern := range patterns {
			all = append(all, pattern.String())
		}
		return all
	}
	s := shown{Settings: p.Settings}
	s.Exempt.Namespaces, s.Exempt.Usernames, s.Exempt.Groups = texts(p.Exempt.Namespaces), texts(p.Exempt.Usernames), texts(p.Exempt.Groups)
	for _, entry := range p.Namespaces {
		s.Namespaces = append(s.Namespaces, shownNamespace{entry.Match.String(), entry.Settings})
	}
	return s
}

// compareWithFile holds text against a file. UPDATE=1 writes it anew, for a
// person to read the difference.
func compareWithFile(t *testing.T, path, got string) {
	t.Helper()
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("UPDATE=1 writes it anew; -want +got:\n%s", diff)
	}
}

// files are those of a folder of testdata; each is a case.
func files(tb testing.TB, folder string) []string {
	tb.Helper()
	found, err := filepath.Glob(filepath.Join("testdata", folder, "*.yaml"))
	if err != nil || len(found) < 3 {
		tb.Fatalf("only %q were found: %v", found, err)
	}
	return found
}

// Each file of testdata/good is a policy, which is beside it as it is in the
// end: every entry of namespaces with all of its settings.
func TestGoodFiles(t *testing.T) {
	for _, path := range files(t, "good") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			p, err := file.Load(path, fargate.Vocabulary())
			if err != nil {
				t.Fatal(err)
			}
			got, err := yaml.Marshal(show(&p))
			if err != nil {
				t.Fatal(err)
			}
			compareWithFile(t, strings.TrimSuffix(path, ".yaml")+".want", string(got))
		})
	}
}

// Each file of testdata/bad is refused with the text beside it, all that is
// wrong at once. {rules} stands for the ids of the rules there are.
func TestBadFiles(t *testing.T) {
	for _, path := range files(t, "bad") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			p, err := file.Load(path, fargate.Vocabulary())
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(policy.Policy{}, p); diff != "" {
				t.Errorf("an error, and a policy all the same: %s", diff)
			}
			text := strings.ReplaceAll(err.Error(), rules(), "{rules}")
			compareWithFile(t, strings.TrimSuffix(path, ".yaml")+".want", filepath.ToSlash(text)+"\n")
		})
	}
}

// rules lists the ids of all rules, as messages do.
func rules() string {
	var ids []string
	for _, rule := range rules.All() {
		ids = append(ids, string(rule.ID))
	}
	return strings.Join(ids[:len(ids)-1], ", ") + " and " + ids[len(ids)-1]
}

// A file that says nothing is the default policy.
func TestDefault(t *testing.T) {
	p, err := file.Load("testdata/good/bare.yaml", fargate.Vocabulary())
	if err != nil {
		t.Fatal(err)
	}
	want := policy.Default()
	if diff := cmp.Diff(show(&want), show(&p)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestLoad(t *testing.T) {
	folder := t.TempDir()
	if _, err := file.Load(filepath.Join(folder, "missing.yaml"), fargate.Vocabulary()); err == nil || !strings.Contains(err.Error(), filepath.Join(folder, "missing.yaml")) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := file.Load(folder, fargate.Vocabulary()); err == nil || !strings.Contains(err.Error(), folder) {
		t.Errorf("a folder: %v", err)
	}
	path := filepath.Join(folder, "policy.yaml")
	content := []byte(head)
	for size, want := range map[int]string{1 << 20: "", 1<<20 + 1: path + ": must not be larger than 1 MiB"} {
		if err := os.WriteFile(path, slices.Concat(content, []byte(strings.Repeat("#", size-len(content)))), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := file.Load(path, fargate.Vocabulary())
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%d bytes: %v, want %q", size, err, want)
		}
	}
}
