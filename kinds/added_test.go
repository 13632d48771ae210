package kinds

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAdded(t *testing.T) {
	for text, want := range map[string][]string{"": nil, " , ": nil, "b, a,b": {"a", "b"}} {
		if got := Added(map[string]string{AddedAnnotation: text}); !slices.Equal(got, want) {
			t.Errorf("%q records %q, want %q", text, got, want)
		}
	}
}

// The record names what it named before and what is added, each once, however often it is added.
func TestLawWithAddedIsAUnion(t *testing.T) {
	keys := rapid.SliceOf(rapid.StringMatching(`[a-z./-]{1,3}`))
	rapid.Check(t, func(t *rapid.T) {
		before, added := keys.Draw(t, "before"), keys.Draw(t, "added")
		annotations := map[string]string{AddedAnnotation: strings.Join(before, ",")}
		annotations[AddedAnnotation] = WithAdded(annotations, added...)
		got, want := Added(annotations), slices.Concat(before, added)
		slices.Sort(want)
		if want = slices.Compact(want); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if again := WithAdded(annotations, added...); again != annotations[AddedAnnotation] {
			t.Errorf("added again, it becomes %q", again)
		}
	})
}
