package text

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPairs(t *testing.T) {
	for want, labels := range map[string]map[string]string{"-": nil, "a=1": {"a": "1"}, "a=, b=2": {"b": "2", "a": ""}} {
		if got := Pairs(labels); got != want {
			t.Errorf("Pairs(%v) = %q, want %q", labels, got, want)
		}
	}
}

func TestWriteJSON(t *testing.T) {
	var out strings.Builder
	if err := WriteJSON(&out, map[string]string{"a": "<b> & c"}); err != nil || out.String() != "{\n  \"a\": \"<b> & c\"\n}\n" {
		t.Errorf("%q, %v", &out, err)
	}
}

func TestValue(t *testing.T) {
	for want, value := range map[string]any{"": nil, ` "a<b"`: "a<b", ` {"a":1}`: map[string]int{"a": 1}} {
		if got := Value(value); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// The text is the one of the encoder with its own indentation.
func TestLawIndented(t *testing.T) {
	texts := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", `"`, `\`, `a\"`, "{", "[]", "<&>", "a: b, c"}))
	leaf := rapid.OneOf(rapid.Map(texts, toAny), rapid.Map(rapid.Float64(), toAny), rapid.Just[any](nil), rapid.Just[any](true), rapid.Just[any]([]any{}), rapid.Just[any](map[string]any{}))
	inner := rapid.OneOf(leaf, rapid.Map(rapid.SliceOfN(leaf, 0, 4), toAny), rapid.Map(rapid.MapOfN(texts, leaf, 0, 4), toAny))
	values := rapid.OneOf(inner, rapid.Map(rapid.SliceOfN(inner, 0, 4), toAny), rapid.Map(rapid.MapOfN(texts, inner, 0, 4), toAny))
	rapid.Check(t, func(t *rapid.T) {
		value, prefix := values.Draw(t, "value"), rapid.SampledFrom([]string{"", "    "}).Draw(t, "prefix")
		var got, want bytes.Buffer
		if err := WriteIndentedJSON(&got, prefix, value); err != nil {
			t.Fatal(err)
		}
		encoder := json.NewEncoder(&want)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent(prefix, "  ")
		if err := encoder.Encode(value); err != nil || got.String() != want.String() {
			t.Fatalf("%v: got\n%s\nwant\n%s", err, got.String(), want.String())
		}
	})
}

func toAny[T any](value T) any { return value }
