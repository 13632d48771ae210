package kinds

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAdded(t *testing.T) {
	longest := strings.Repeat("a", maxAdded)
	for text, want := range map[string][]string{
		"": nil, " , ": nil, "b, a,b": {"a", "b"}, longest: {longest}, longest + ",b": nil, strings.Repeat("a,", maxAdded): nil,
	} {
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

// What is recorded is read again, whatever somebody else has written there.
func TestAddedToLongRecords(t *testing.T) {
	for n, want := range map[int][]string{1: {"a", "ours"}, maxAdded - 5: {strings.Repeat("a", maxAdded-5), "ours"}, maxAdded - 4: {"ours"}, maxAdded + 1: {"ours"}} {
		record := WithAdded(map[string]string{AddedAnnotation: strings.Repeat("a", n)}, "ours")
		if got := Added(map[string]string{AddedAnnotation: record}); !slices.Equal(got, want) {
			t.Errorf("after %d bytes it records %.20q, want %.20q", n, got, want)
		}
	}
}
