package text

import (
	"strings"
	"testing"
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
