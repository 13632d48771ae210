package profiles

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestCompare(t *testing.T) {
	labelled := func(labels map[string]string) []Profile {
		return []Profile{{Name: "a", Status: StatusActive, Selectors: []Selector{{Namespace: "apps", Labels: labels}}}}
	}
	tests := []struct {
		name          string
		before, after []Profile
		want          change
	}{
		{"nothing", nil, nil, change{}},
		{"same", []Profile{active("a", "x")}, []Profile{active("a", "x")}, change{}},
		{"added around", []Profile{active("b")}, []Profile{active("a"), active("b"), active("c")}, change{added: []string{"a", "c"}}},
		{"removed around", []Profile{active("a"), active("b"), active("c")}, []Profile{active("b")}, change{removed: []string{"a", "c"}}},
		{"another namespace", []Profile{active("a", "x")}, []Profile{active("a", "y")}, change{changed: []string{"a"}}},
		{"another order", []Profile{active("a", "x", "y")}, []Profile{active("a", "y", "x")}, change{changed: []string{"a"}}},
		{"another label", labelled(map[string]string{"a": "1"}), labelled(map[string]string{"a": "2"}), change{changed: []string{"a"}}},
		{"null labels are no labels", labelled(nil), labelled(map[string]string{}), change{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, compare(test.before, test.after), cmp.AllowUnexported(change{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestCompareIsAntisymmetric: looked at backwards, what was added was removed.
func TestCompareIsAntisymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := NewIndex(drawProfiles(t)).Profiles(), NewIndex(drawProfiles(t)).Profiles()
		there, back := compare(before, after), compare(after, before)
		if diff := cmp.Diff(there, change{added: back.removed, removed: back.added, changed: back.changed}, cmp.AllowUnexported(change{})); diff != "" {
			t.Fatalf("(-there +back):\n%s", diff)
		}
		if !compare(before, before).none() {
			t.Fatal("a list differs from itself")
		}
		if got := len(before) + len(there.added) - len(there.removed); got != len(after) {
			t.Fatalf("%d profiles after all changes, want %d", got, len(after))
		}
	})
}
