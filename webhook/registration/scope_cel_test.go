package registration

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation"
	applymetav1 "k8s.io/client-go/applyconfigurations/meta/v1"
	"pgregory.net/rapid"

	"fargate-webhook/kinds"
	"fargate-webhook/kinds/matchtest"
	"fargate-webhook/policy"
)

// anyText draws the text of a selector, with what is special in globs, regular expressions, CEL and
// JSON.
func anyText(t *rapid.T, label string) string {
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{"*", "?", "a", "b", "-", ".", "é", "日", "\U0001f6a2", `"`, "'", "`", `\`, "\n", "\r", "\t", "\x00", "\u0085", "\u2028", "(?i)",
			"|", "^", "$", "(", ")", "[", "]", "{2}", "+", "\\d", "\\Q", "\\E", "\\u0061", "<", "&", "%s", "//"}),
		rapid.StringN(0, 3, -1),
	)
	return strings.Join(rapid.SliceOfN(piece, 0, 6).Draw(t, label), "")
}

// named draws a namespace that is likely to match: a selector with its wildcards replaced.
func named(t *rapid.T, selectors []string) string {
	if len(selectors) == 0 || rapid.IntRange(0, 9).Draw(t, "how") == 0 {
		return anyText(t, "namespace")
	}
	name := rapid.SampledFrom(selectors).Draw(t, "like")
	fill := rapid.SampledFrom([]string{"", "a", "é", "\n", "日b", "*", "?"})
	return strings.NewReplacer("*", fill.Draw(t, "for *"), "?", fill.Draw(t, "for ?")).Replace(name)
}

// The scope is true exactly for the namespaces that some selector matches (F1.1, F1.3), evaluated by the API server's CEL.
func TestScopeIsTheIndex(t *testing.T) {
	server := matchtest.New()
	rapid.Check(t, func(t *rapid.T) {
		selectors := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string { return anyText(t, "selector") }), 0, 6).Draw(t, "selectors")
		index := indexOf(selectors...)
		scope := Scope(index)
		matches := scopeOf(t, server, scope)
		for range 4 {
			namespace := named(t, selectors)
			if namespace == "" {
				continue // only namespaced objects are sent
			}
			if got, want := matches(namespace), len(index.Selectors(namespace)) > 0; got != want {
				t.Fatalf("%q: %s says %v, the Index %v", namespace, scope, got, want)
			}
		}
	})
}

// Of the namespaces that there can be, a webhook is sent the objects of exactly those that some selector
// matches, whether its namespace selector or its condition says so.
func TestLawSentFromSelectedNamespaces(t *testing.T) {
	server := matchtest.New()
	namespace := rapid.StringMatching(`[ab-]{0,2}[a-c]`).Filter(func(name string) bool { return len(validation.IsDNS1123Label(name)) == 0 })
	pattern := rapid.StringMatching(`[ab]?[*?][a-c]?`)
	rapid.Check(t, func(t *rapid.T) {
		selectors := rapid.SliceOfN(namespace, 0, 4).Draw(t, "names")
		if rapid.Bool().Draw(t, "with patterns") {
			selectors = append(selectors, rapid.SliceOfN(pattern, 1, 2).Draw(t, "patterns")...)
		}
		index := indexOf(selectors...)
		options := Options{Policy: policyWith(policy.Warn, false), ExemptNamespaces: []string{"a"}}
		e, in := endpoint{}, options.scope(index)
		selector, matches := selectorOf(t, options.namespaces(e.namespaces(&in))), func(string) bool { return true }
		if conditions := e.conditions(&in); len(conditions) > 0 {
			matches = scopeOf(t, server, *conditions[0].Expression)
		}
		for range 4 {
			name := namespace.Draw(t, "namespace")
			got := selector.Matches(labels.Set{corev1.LabelMetadataName: name}) && matches(name)
			if want := name != "a" && len(index.Selectors(name)) > 0; got != want {
				t.Fatalf("objects of %q are sent: %v, want %v", name, got, want)
			}
		}
	})
}

// selectorOf returns what the API server makes of a selector.
func selectorOf(t matchtest.Tester, applied *applymetav1.LabelSelectorApplyConfiguration) labels.Selector {
	t.Helper()
	var typed metav1.LabelSelector
	text, err := json.Marshal(applied)
	if err == nil {
		err = json.Unmarshal(text, &typed)
	}
	if err != nil {
		t.Fatalf("%v", err)
	}
	selector, err := metav1.LabelSelectorAsSelector(&typed)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return selector
}

// A scope that was shortened is still true for every namespace that a selector matches.
func TestShortenedScope(t *testing.T) {
	server := matchtest.New()
	rapid.Check(t, func(t *rapid.T) {
		selectors := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string { return anyText(t, "selector") }), 0, 6).Draw(t, "selectors")
		index := indexOf(selectors...)
		exact, patterns := index.Namespaces()
		length := rapid.IntRange(0, 8).Draw(t, "length")
		wider := expression(widened(exact, patterns, length))
		if length == 0 && wider != "" && len(exact)+len(patterns) > 0 {
			t.Fatalf("shortened to nothing: %s", wider)
		}
		matches := scopeOf(t, server, wider)
		for range 4 {
			namespace := named(t, selectors)
			if namespace != "" && len(index.Selectors(namespace)) > 0 && !matches(namespace) {
				t.Fatalf("%q is left out by %s", namespace, wider)
			}
		}
	})
}

// The API server compiles and evaluates the longest possible scopes within its cost limits.
func TestLongestScopes(t *testing.T) {
	server := matchtest.New()
	nested := make([]string, 0, 350)
	for i := range cap(nested) {
		nested = append(nested, strings.Repeat("a", i+1)+"?")
	}
	for name, namespaces := range map[string][]string{
		"names":          numbered("name-", 5000),
		"long names":     numbered(strings.Repeat("n", 59), 970),
		"patterns":       numbered("*pattern-", 4200),
		"quoted at most": numbered(strings.Repeat("\x01", 40)+"*", 350),
		"nested":         nested,
	} {
		t.Run(name, func(t *testing.T) {
			index := indexOf(namespaces...)
			scope := Scope(index)
			if len(scope) < maxScope*3/4 || len(scope) > maxScope {
				t.Fatalf("it has %d bytes: too short or too long for this test", len(scope))
			}
			began := time.Now()
			matches := scopeOf(t, server, scope)
			compiled := time.Since(began)
			last := namespaces[len(namespaces)-1]
			for _, namespace := range []string{strings.TrimRight(namespaces[0], "*?") + "x", last[:min(len(last), 253)], strings.Repeat("n", 63), strings.Repeat("a", 253)} {
				if got, want := matches(namespace), len(index.Selectors(namespace)) > 0; got != want {
					t.Errorf("%q: the scope says %v, the Index %v", namespace, got, want)
				}
			}
			t.Logf("%d bytes, compiled in %s", len(scope), compiled)
		})
	}
}

// scopeOf compiles a scope expression, and returns a function that evaluates it for a namespace.
func scopeOf(t matchtest.Tester, s *matchtest.APIServer, scope string) func(namespace string) bool {
	t.Helper()
	if scope == "" {
		return func(string) bool { return true }
	}
	matcher := s.Compile(t, []kinds.Condition{{Name: "scope", Expression: scope}})
	return func(namespace string) bool {
		t.Helper()
		result := matchtest.Match(matcher, matchtest.Attributes(nil, nil, "CREATE", namespace))
		if result.Error != nil {
			t.Fatalf("%q: %v", namespace, result.Error)
		}
		return result.Matches
	}
}
