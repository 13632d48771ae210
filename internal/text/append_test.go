package text_test

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"fargate-webhook/internal/text"
)

// Strings and maps are written as encoding/json does.
func TestLawAppend(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "plain", "<&>", `a"b\c`, "\x7f", "\xff", "\u2028", "é"}))
		s := some.Draw(t, "s")
		pairs := rapid.MapOf(some, some).Draw(t, "pairs")
		for value, have := range map[any]string{s: string(text.AppendJSON(nil, s)), &pairs: string(text.AppendPairs(nil, pairs))} {
			want, err := json.Marshal(value)
			if err != nil || have != string(want) {
				t.Fatalf("have %s, want %s, %v", have, want, err)
			}
		}
	})
}
