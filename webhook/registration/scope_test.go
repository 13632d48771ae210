package registration

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/policy"
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
		{"patterns", indexOf("prod-*", "dev-?"), `request.namespace.matches("^(?s:dev-.|prod-.*)$")`},
		{"both", indexOf("a", "x*"), `request.namespace in ["a"] || request.namespace.matches("^(?s:x.*)$")`},
		{"all", indexOf("a", "*"), ""},
		{"all, said at length", indexOf("**"), ""},
		{"what a regular expression or CEL takes for its own", indexOf(`a.b*`, `c"d`), `request.namespace in ["c\"d"] || request.namespace.matches("^(?s:a\\.b.*)$")`},
		{"all that has a name", indexOf("?*"), `request.namespace.matches("^(?s:..*)$")`},
		{"nothing that a namespace can be called", indexOf("", "\xff", "a\xff*"), "false"},
		{"a line break", indexOf("a\n*", "b\nc"), `request.namespace in ["b\nc"] || request.namespace.matches("^(?s:a\n.*)$")`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Scope(test.index); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// In a cluster without other nodes all namespaces are in scope, whatever the profiles select.
func TestScopeFollowsNodes(t *testing.T) {
	mixed, only := policy.Default(), policy.Default()
	only.Nodes = policy.NodesFargateOnly
	for _, index := range []*profiles.Index{indexOf("a"), profiles.NewIndex(nil)} {
		if got := (&Options{Policy: &mixed}).scope(index); got.expression != Scope(index) {
			t.Errorf("Mixed: %q, want %q", got.expression, Scope(index))
		}
		if got := (&Options{Policy: &only}).scope(index); got.expression != "" || got.names != nil {
			t.Errorf("FargateOnly: %v, want every namespace", got)
		}
	}
	for _, e := range Mutating(Options{Policy: &only, Target: Target{URL: "https://127.0.0.1"}}, indexOf("a"), nil).Webhooks {
		for _, condition := range e.MatchConditions {
			if strings.HasPrefix(*condition.Expression, "(request.namespace") {
				t.Errorf("%s: %s", *e.Name, *condition.Expression)
			}
		}
		for _, requirement := range e.NamespaceSelector.MatchExpressions {
			if *requirement.Operator == metav1.LabelSelectorOpIn {
				t.Errorf("%s selects %v alone", *e.Name, requirement.Values)
			}
		}
	}
}

// Namespaces are listed in the selector where all of them are named, and there is room.
func TestScopeNames(t *testing.T) {
	for name, c := range map[string]struct {
		namespaces, want []string
	}{
		"names, sorted":                   {[]string{"b", "a", "b"}, []string{"a", "b"}},
		"a pattern":                       {[]string{"a", "x*"}, nil},
		"all":                             {[]string{"*"}, nil},
		"none":                            {nil, nil},
		"what no namespace can be called": {[]string{"a", "B", "a b", "é", strings.Repeat("a", 64), ""}, []string{"a"}},
		"only such":                       {[]string{"B"}, nil},
		"too many":                        {numbered("team-"+strings.Repeat("n", 40), 2000), nil},
	} {
		t.Run(name, func(t *testing.T) {
			if got := profileScope(indexOf(c.namespaces...)).names; !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// numbered makes names that differ in their ends only.
func numbered(head string, count int) []string {
	names := make([]string, 0, count)
	for i := range count {
		names = append(names, fmt.Sprintf("%s%04d", head, i))
	}
	return names
}

// A scope that would be too long is shortened from the ends of the longest names and patterns, no
// further than it takes, and lets all through only when nothing is left of them.
func TestLongScope(t *testing.T) {
	long := "team-" + strings.Repeat("n", 40)
	unlike := make([]string, 0, 20_000)
	for i := range cap(unlike) {
		unlike = append(unlike, string(rune(0x4e00+i))+"*")
	}
	var ends []string
	for i := range 200 {
		ends = append(ends, fmt.Sprintf("%s%03d.*", long, i))
	}
	shortened := `request.namespace.matches("^(?s:` + strings.Join(ends, "|") + `)$")`
	for _, test := range []struct {
		name       string
		namespaces []string
		want       string
	}{
		{"names", numbered(long, 2000), shortened},
		{"a short name stays a name", append(numbered(long, 2000), "apps"), `request.namespace in ["apps"] || ` + shortened},
		{"patterns", append(numbered(long+"?", 2000), long+"*"), `request.namespace.matches("^(?s:` + long + `.*|` + strings.ReplaceAll(strings.Join(ends, "|"), long, long+".") + `)$")`},
		{"no two alike", unlike, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := Scope(indexOf(test.namespaces...))
			if got != test.want {
				t.Errorf("%d bytes, want %d\ngot  %.200s\nwant %.200s", len(got), len(test.want), got, test.want)
			}
		})
	}
}
