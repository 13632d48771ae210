package text

import (
	"bytes"
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
	var compact bytes.Buffer
	encoder := json.NewEncoder(&compact)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return err
	}
	_, err := w.Write(indented(compact.Bytes(), prefix))
	return err
}

// indented returns JSON as the encoder's own indentation does, which checks each character once more
// and takes a tenth of the time of a large review. data is what the encoder wrote.
func indented(data []byte, prefix string) []byte {
	out := make([]byte, 0, 2*len(data))
	depth := 0
	line := func() {
		out = append(append(out, '\n'), prefix...)
		for range depth {
			out = append(out, "  "...)
		}
	}
	for at := 0; at < len(data); at++ {
		switch c := data[at]; c {
		case '"':
			end := at + 1
			for data[end] != '"' {
				if data[end] == '\\' {
					end++
				}
				end++
			}
			out = append(out, data[at:end+1]...)
			at = end
		case '{', '[':
			if out = append(out, c); data[at+1] == c+2 { // the end of an empty one
				at++
				out = append(out, c+2)
				continue
			}
			depth++
			line()
		case '}', ']':
			depth--
			line()
			out = append(out, c)
		case ',':
			out = append(out, c)
			line()
		case ':':
			out = append(out, ':', ' ')
		default:
			out = append(out, c)
		}
	}
	return out
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
