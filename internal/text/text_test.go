package text

import (
	"strings"
	"testing"
)

func TestTruncate(t *testing.T) {
	for _, c := range []struct {
		s        string
		maxBytes int
		want     string
	}{
		{"", 10, ""},
		{"0123456789", 10, "0123456789"},
		{"01234567890", 10, "0123456…"},
		{"one two three", 12, "one two…"},    // at the last space
		{"a 0123456789", 11, "a 012345…"},    // the last space would keep too little
		{"éééééé", 10, "ééé…"},               // never half a character
		{"\xff\xfe0123456789", 10, "01234…"}, // never invalid UTF-8
		{"0123", 3, "…"},
	} {
		if got := Truncate(c.s, c.maxBytes); got != c.want {
			t.Errorf("Truncate(%q, %d) is %q, want %q", c.s, c.maxBytes, got, c.want)
		}
	}
	if got := Truncate(strings.Repeat("日", 1000), 100); len(got) > 100 {
		t.Errorf("%d bytes, want at most 100", len(got))
	}
}
