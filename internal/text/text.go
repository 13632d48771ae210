// Package text shortens texts for log lines, events and messages that have a size limit.
package text

import "strings"

// mark ends a text that was truncated.
const mark = "…"

// Truncate returns s if it has at most maxBytes bytes. Otherwise it returns the start of s and "…",
// at most maxBytes bytes together and valid UTF-8. It cuts at the last space if that keeps more
// than half of the text, else between two characters. maxBytes must be at least the 3 bytes of "…".
func Truncate(s string, maxBytes int) string {
	if len(s) <= maxBytes {
		return s
	}
	kept := strings.ToValidUTF8(s[:maxBytes-len(mark)], "")
	if space := strings.LastIndexByte(kept, ' '); space > len(kept)/2 {
		kept = kept[:space]
	}
	return kept + mark
}
