package text

import (
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"
)

// Pairs lists labels by key, as "run=on-fargate, team=web"; "-" for none.
func Pairs(labels map[string]string) string {
	if len(labels) == 0 {
		return "-"
	}
	list := make([]string, 0, len(labels))
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		list = append(list, key+"="+labels[key])
	}
	return strings.Join(list, ", ")
}

// WriteJSON writes a value for people and programs: indented, with <, > and & as they are.
func WriteJSON(w io.Writer, value any) error { return WriteIndentedJSON(w, "", value) }

// WriteIndentedJSON does so for a value within another: all lines but the first begin with prefix.
func WriteIndentedJSON(w io.Writer, prefix string, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent(prefix, "  ")
	return encoder.Encode(value)
}

// Value returns a value as JSON to show after its path, with a blank before it; nothing for nil.
func Value(value any) string {
	if value == nil {
		return ""
	}
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return " " + err.Error()
	}
	return " " + strings.TrimSuffix(out.String(), "\n")
}
