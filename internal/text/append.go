package text

import (
	"encoding/json"
	"slices"
)

// AppendJSON appends a string as JSON, as encoding/json writes it. Texts without escapes, which most
// are, take no memory.
func AppendJSON(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, err := json.Marshal(s)
			if err != nil {
				return append(b, `""`...) // a string always encodes
			}
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// SortedKeys returns the keys of a map in their order.
func SortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// AppendPairs appends a map of strings as encoding/json writes it, by key.
func AppendPairs(b []byte, pairs map[string]string) []byte {
	b = append(b, '{')
	for i, key := range SortedKeys(pairs) {
		if i > 0 {
			b = append(b, ',')
		}
		b = AppendJSON(b, key)
		b = append(b, ':')
		b = AppendJSON(b, pairs[key])
	}
	return append(b, '}')
}
