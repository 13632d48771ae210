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
	"fargate-webhook/fargate/rules/catalog"
	"fargate-webhook/policy"
	"fargate-webhook/policy/file"
	"fargate-webhook/profiles"
)

// shown is all of a policy in a readable form.
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

// compareWithFile compares a text with a file. UPDATE=1 rewrites the file.
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
		t.Errorf("UPDATE=1 rewrites it; -want +got:\n%s", diff)
	}
}

// files returns the cases of a folder of testdata.
func files(tb testing.TB, folder string) []string {
	tb.Helper()
	found, err := filepath.Glob(filepath.Join("testdata", folder, "*.yaml"))
	if err != nil || len(found) < 3 {
		tb.Fatalf("only %q were found: %v", found, err)
	}
	return found
}

// Each file of testdata/good is a policy. Beside it is what was read: every entry of namespaces
// with all of its settings.
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

// Each file of testdata/bad is refused with the text beside it, which has all mistakes. {rules}
// stands for the ids of all rules.
func TestBadFiles(t *testing.T) {
	for _, path := range files(t, "bad") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			p, err := file.Load(path, fargate.Vocabulary())
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(policy.Policy{}, p); diff != "" {
				t.Errorf("an error and a policy: %s", diff)
			}
			text := strings.ReplaceAll(err.Error(), ruleIDs(), "{rules}")
			compareWithFile(t, strings.TrimSuffix(path, ".yaml")+".want", filepath.ToSlash(text)+"\n")
		})
	}
}

// ruleIDs lists the ids of all rules, as messages do.
func ruleIDs() string {
	var ids []string
	for _, rule := range catalog.All() {
		ids = append(ids, string(rule.ID))
	}
	return strings.Join(ids[:len(ids)-1], ", ") + " and " + ids[len(ids)-1]
}

func TestFileWithoutSettingsIsTheDefault(t *testing.T) {
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
