package yamltext

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// entryLines returns the lines of an entry in block style.
func (e *editor) entryLines(key string, value any, column int) []string {
	begin := strings.Repeat(" ", column) + e.scalar(key) + ":"
	object, isObject := value.(map[string]any)
	if !isObject || len(object) == 0 {
		return []string{begin + " " + e.flow(value)}
	}
	lines := []string{begin}
	for _, inner := range slices.Sorted(maps.Keys(object)) {
		lines = append(lines, e.entryLines(inner, object[inner], column+2)...)
	}
	return lines
}

// flow returns a value on one line.
func (e *editor) flow(value any) string {
	var parts []string
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, e.scalar(key)+": "+e.flow(v[key]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		for _, item := range v {
			parts = append(parts, e.flow(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case string:
		return e.scalar(v)
	}
	text, err := json.Marshal(value)
	if err != nil {
		return quoted(fmt.Sprint(value))
	}
	return string(text)
}

// scalar returns a string as JSON needs it, or as people write it in YAML.
func (e *editor) scalar(s string) string {
	if e.json {
		return quoted(s)
	}
	text, err := yaml.Marshal(s)
	line := strings.TrimSuffix(string(text), "\n")
	if err != nil || strings.Contains(line, "\n") || line == s && strings.ContainsAny(s, ",[]{}#") {
		return quoted(s)
	}
	return line
}

// quoted returns a string in double quotes.
func quoted(s string) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s); err != nil {
		return `""`
	}
	return strings.TrimSuffix(out.String(), "\n")
}
