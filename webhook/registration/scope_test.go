package registration

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fargate-webhook/profiles"
)

// indexOf makes an Index of one ACTIVE profile with these namespace selectors.
func indexOf(namespaces ...string) *profiles.Index {
	profile := profiles.Profile{Name: "p", Status: profiles.StatusActive}
	for _, namespace := range namespaces {
		profile.Selectors = append(profile.Selectors, profiles.Selector{Namespace: namespace})
	}
	return profiles.NewIndex([]profiles.Profile{profile})
}

func TestScope(t *testing.T) {
	long := make([]string, 0, 1000)
	for i := range 1000 {
		long = append(long, strings.Repeat("n", 50)+strconv.Itoa(i))
	}
	for _, test := range []struct {
		name  string
		index *profiles.Index
		want  string
	}{
		{"no profile", profiles.NewIndex(nil), "false"},
		{"none ACTIVE", profiles.NewIndex([]profiles.Profile{{
			Name: "p", Status: profiles.StatusCreating, Selectors: []profiles.Selector{{Namespace: "a"}},
		}}), "false"},
		{"names, sorted", indexOf("b", "a", "b"), `request.namespace in ["a", "b"]`},
		{"patterns", indexOf("prod-*", "dev-?"), `request.namespace.matches("^(dev-.|prod-.*)$")`},
		{"both", indexOf("a", "x*"), `request.namespace in ["a"] || request.namespace.matches("^(x.*)$")`},
		{"all", indexOf("a", "*"), ""},
		{"all, said at length", indexOf("**"), ""},
		{"what a regular expression or CEL takes for its own", indexOf(`a.b*`, `c"d`), `request.namespace in ["c\"d"] || request.namespace.matches("^(a\\.b.*)$")`},
		{"too long", indexOf(long...), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Scope(test.index); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// inScope does what CEL does with a scope expression. CEL's matches is Go's regexp. Strings read as Go's: the tests stay in ASCII.
func inScope(t *rapid.T, scope, namespace string) bool {
	for part := range strings.SplitSeq(scope, " || ") {
		switch {
		case part == "":
			return true
		case part == "false":
		case strings.HasPrefix(part, "request.namespace in "):
			var names []string
			if err := json.Unmarshal([]byte(strings.TrimPrefix(part, "request.namespace in ")), &names); err != nil {
				t.Fatalf("%s: %v", part, err)
			}
			if slices.Contains(names, namespace) {
				return true
			}
		default:
			quoted := strings.TrimSuffix(strings.TrimPrefix(part, "request.namespace.matches("), ")")
			expression, err := strconv.Unquote(quoted)
			if err != nil {
				t.Fatalf("%s: %v", part, err)
			}
			if regexp.MustCompile(expression).MatchString(namespace) {
				return true
			}
		}
	}
	return false
}

// The API server sends a request exactly when some selector's namespace matches.
func TestScopeIsTheIndex(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringMatching(`[ab.\-]{0,3}[*?]?[ab\-]{0,2}[*?]?`)
		index := indexOf(rapid.SliceOfN(pattern, 0, 6).Draw(t, "selectors")...)
		scope := Scope(index)
		namespace := rapid.StringMatching(`[ab][ab\-]{0,6}`).Draw(t, "namespace")
		if got, want := inScope(t, scope, namespace), len(index.Selectors(namespace)) > 0; got != want {
			t.Fatalf("%s says %v for %q, the Index %v", scope, got, namespace, want)
		}
	})
}
