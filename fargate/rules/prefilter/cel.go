package prefilter

import (
	"fmt"
	"strconv"
	"strings"
)

// anyOf is true if one of the terms is. The API server stops at the first that is true.
func anyOf(terms ...string) string { return strings.Join(terms, " || ") }

// some is true if a list has an item of which a term is true, or is too long to look.
func some(of, item, term string, most int) string {
	return fmt.Sprintf("has(%[1]s) && (size(%[1]s) > %[4]d || %[1]s.exists(%[2]s, %[3]s))", of, item, term, most)
}

// let gives a value a name in a term.
func let(name, value, term string) string {
	return fmt.Sprintf("[%s].exists(%s, %s)", value, name, term)
}

// has is true if something is there and a term about it is true.
func has(what, term string) string { return fmt.Sprintf("has(%s) && %s", what, term) }

// key is true if a map has a key.
func key(of, key string) string { return fmt.Sprintf("%q in %s", key, of) }

// list is a list of texts.
func list(texts ...string) string {
	quoted := make([]string, 0, len(texts))
	for _, text := range texts {
		quoted = append(quoted, strconv.Quote(text))
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// each writes a format for each text.
func each(separator, format string, texts ...string) string {
	out := make([]string, 0, len(texts))
	for _, text := range texts {
		out = append(out, fmt.Sprintf(format, text))
	}
	return strings.Join(out, separator)
}
