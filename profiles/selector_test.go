package profiles

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// one compiles a single selector.
func one(t *testing.T, labels map[string]string) *CompiledSelector {
	t.Helper()
	found := NewIndex([]Profile{{Name: "p", Status: StatusActive, Selectors: []Selector{{Namespace: "apps", Labels: labels}}}}).Selectors("apps")
	if len(found) != 1 {
		t.Fatalf("got %d selectors, want 1", len(found))
	}
	return found[0]
}

func TestCompiledSelectorMatches(t *testing.T) {
	type labels = map[string]string
	tests := []struct {
		name     string
		selector labels
		yes, no  []labels
	}{
		{"no labels: every pod (F1.1)", nil, []labels{nil, {"a": "b"}}, nil},
		{"all labels are needed (F1.1)", labels{"a": "1", "b": "2"},
			[]labels{{"a": "1", "b": "2"}, {"a": "1", "b": "2", "c": "3"}}, []labels{nil, {"a": "1"}, {"b": "2"}, {"a": "1", "b": "x"}}},
		{"empty value is a value", labels{"a": ""}, []labels{{"a": ""}}, []labels{nil, {"a": "1"}}},
		{"absent is not empty", labels{"a": "*"}, []labels{{"a": ""}, {"a": "1"}}, []labels{nil, {"b": "1"}}},
		{"documented wildcards (F1.3)", labels{"key?": "value?"},
			[]labels{{"key1": "value1"}, {"key1": "x", "key2": "value2"}}, []labels{{"key": "value1"}, {"key1": "value"}, {"key1": "x", "k": "value1"}}},
		{"one label meets two patterns (F1.5)", labels{"a*": "1", "*b": "1"},
			[]labels{{"ab": "1"}, {"a": "1", "b": "1"}}, []labels{{"a": "1"}, {"b": "1"}}},
		{"case counts (F1.5)", labels{"App": "Web"}, []labels{{"App": "Web"}}, []labels{{"app": "Web"}, {"App": "web"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			selector := one(t, test.selector)
			for _, pod := range test.yes {
				if !selector.Matches(pod) {
					t.Errorf("does not match %v, but should", pod)
				}
			}
			for _, pod := range test.no {
				if selector.Matches(pod) {
					t.Errorf("matches %v, but should not", pod)
				}
			}
		})
	}
}

func TestCompiledSelectorLabelsAreSorted(t *testing.T) {
	var keys []string
	for _, label := range one(t, map[string]string{"b": "1", "a": "2", "C": "3", "a/b": "4"}).Labels {
		keys = append(keys, label.Key.String())
	}
	if diff := cmp.Diff([]string{"C", "a", "a/b", "b"}, keys); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

// slowMatches is the definition of a label match (F1.1, F1.3, F1.5).
func slowMatches(selector, labels map[string]string) bool {
	for key, value := range selector {
		met := false
		for k, v := range labels {
			met = met || asRegexp(key).MatchString(k) && asRegexp(value).MatchString(v)
		}
		if !met {
			return false
		}
	}
	return true
}

func TestCompiledSelectorMatchesLikeASlowReading(t *testing.T) {
	texts := rapid.StringOfN(rapid.RuneFrom([]rune("ab*?")), 0, 3, -1)
	drawn := rapid.MapOfN(texts, texts, 0, 4)
	rapid.Check(t, func(rt *rapid.T) {
		selector, labels := drawn.Draw(rt, "selector"), drawn.Draw(rt, "labels")
		if got, want := one(t, selector).Matches(labels), slowMatches(selector, labels); got != want {
			rt.Fatalf("selector %v, labels %v: Matches is %t, the slow reading says %t", selector, labels, got, want)
		}
	})
}

func TestCompiledSelectorMatchesAllocatesNothing(t *testing.T) {
	selector := one(t, map[string]string{"app": "web-*", "*/tier": "front?"})
	labels := map[string]string{"app": "web-1", "example.com/tier": "front1", "other": "x"}
	if n := testing.AllocsPerRun(100, func() { selector.Matches(labels) }); n != 0 {
		t.Errorf("Matches allocates %v times", n)
	}
}
