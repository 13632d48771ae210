package profiles

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// told compares two lists and returns a line for each change.
func told(before, after []Profile) []string {
	var lines []string
	for _, c := range compare(byName(before), byName(after)) {
		lines = append(lines, c.profile+": "+c.what)
	}
	return lines
}

func TestCompare(t *testing.T) {
	one := func(status Status, selectors ...Selector) []Profile {
		return []Profile{{Name: "a", Status: status, Selectors: selectors}}
	}
	labelled := func(labels map[string]string) []Profile {
		return one(StatusActive, Selector{Namespace: "apps", Labels: labels})
	}
	tests := []struct {
		name          string
		before, after []Profile
		want          []string
	}{
		{"nothing", nil, nil, nil},
		{"same", []Profile{active("a", "x")}, []Profile{active("a", "x")}, nil},
		{"added around", []Profile{active("b", "x")}, []Profile{active("c", "x", "y"), active("a"), active("b", "x")},
			[]string{"a: added, ACTIVE: no selector", "c: added, ACTIVE: namespace x; namespace y"}},
		{"added with labels", nil, labelled(map[string]string{"run": "x", "app": "*"}), []string{"a: added, ACTIVE: namespace apps with the labels app=*, run=x"}},
		{"removed around", []Profile{active("a"), {Name: "b", Status: StatusDeleting}, active("c")}, []Profile{active("c")},
			[]string{"a: removed, was ACTIVE", "b: removed, was DELETING"}},
		{"another status", one(StatusActive), one(StatusDeleting), []string{"a: status ACTIVE -> DELETING"}},
		{"another status that isn't ACTIVE", one(StatusCreating), one(StatusCreateFailed), []string{"a: status CREATING -> CREATE_FAILED"}},
		{"another namespace", []Profile{active("a", "x")}, []Profile{active("a", "y")}, []string{"a: selector added: namespace y", "a: selector removed: namespace x"}},
		{"one selector of two alike", []Profile{active("a", "x", "x")}, []Profile{active("a", "x")}, []string{"a: selector removed: namespace x"}},
		{"another order", []Profile{active("a", "x", "y")}, []Profile{active("a", "y", "x")}, []string{"a: selectors reordered"}},
		{"another label", labelled(map[string]string{"a": "1"}), labelled(map[string]string{"a": "2"}),
			[]string{"a: selector added: namespace apps with the label a=2", "a: selector removed: namespace apps with the label a=1"}},
		{"null labels are no labels", labelled(nil), labelled(map[string]string{}), nil},
		{"status and selector", one(StatusCreating, Selector{Namespace: "x"}), one(StatusActive, Selector{Namespace: "x"}, Selector{Namespace: "y"}),
			[]string{"a: status CREATING -> ACTIVE", "a: selector added: namespace y"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, told(test.before, test.after)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestCompareFindsEveryDifference: between a list and itself there is none, between two lists that
// differ there is one, and what was added is, looked at backwards, removed.
func TestCompareFindsEveryDifference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := byName(drawProfiles(t)), byName(drawProfiles(t))
		if changes := compare(before, before); len(changes) > 0 {
			t.Fatalf("a list differs from itself: %v", changes)
		}
		there, back := compare(before, after), compare(after, before)
		if equal := cmp.Equal(before, after); equal && len(there) > 0 || !equal && len(there) == 0 && !sameButNull(before, after) {
			t.Fatalf("equal: %t, told: %v", equal, there)
		}
		if added, removed := counted(there, "added, "), counted(back, "removed, "); added != removed {
			t.Fatalf("%d added, %d removed looked at backwards", added, removed)
		}
	})
}

// sameButNull says whether two lists differ only in empty and absent maps and lists.
func sameButNull(a, b []Profile) bool { return fmt.Sprintf("%v", a) == fmt.Sprintf("%v", b) }

// counted is how many changes begin with a word.
func counted(changes []change, word string) int {
	n := 0
	for _, c := range changes {
		if strings.HasPrefix(c.what, word) {
			n++
		}
	}
	return n
}
