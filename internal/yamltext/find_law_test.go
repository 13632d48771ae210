package yamltext_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"fargate-webhook/internal/yamltext"
)

// drawer draws documents whose keys and scalars all differ, and remembers the path of each, and
// with what its text begins.
type drawer struct {
	t     *rapid.T
	count int
	paths map[string]string
}

// name returns a text that no other one of the document begins with.
func (d *drawer) name(prefix string) string {
	d.count++
	kind := rapid.SampledFrom([]string{"a", "é", "日本", "😀", "x/y-"}).Draw(d.t, "kind")
	return fmt.Sprintf("%s%s%d_", prefix, kind, d.count)
}

func (d *drawer) value(path string, depth int) *yaml.Node {
	styles := []yaml.Style{0, 0, yaml.FlowStyle}
	switch kind := rapid.IntRange(0, 5).Draw(d.t, "node"); {
	case depth == 0 || kind < 3 && path != "" && depth > 0:
		n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: d.name("v")}
		n.Style = rapid.SampledFrom([]yaml.Style{0, yaml.DoubleQuotedStyle, yaml.SingleQuotedStyle, yaml.LiteralStyle}).Draw(d.t, "style")
		if n.Style == yaml.LiteralStyle {
			n.Value += "\nsecond: line\n"
		}
		return n
	case kind < 5 || path == "":
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Style: rapid.SampledFrom(styles).Draw(d.t, "style")}
		for range rapid.IntRange(0, 4).Draw(d.t, "keys") {
			key := d.name("k")
			at := strings.TrimPrefix(path+"."+key, ".")
			if strings.Contains(key, "/") {
				at = path + "[" + key + "]"
			}
			d.paths[at] = key
			n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}, d.value(at, depth-1))
		}
		return n
	default:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: rapid.SampledFrom(styles).Draw(d.t, "style")}
		for i := range rapid.IntRange(0, 3).Draw(d.t, "items") {
			at := fmt.Sprintf("%s[%d]", path, i)
			item := d.value(at, depth-1)
			if item.Kind == yaml.ScalarNode && item.Style != yaml.LiteralStyle {
				d.paths[at] = item.Value
			}
			n.Content = append(n.Content, item)
		}
		return n
	}
}

// The position of any field that exists is that of its key or item, in YAML of any style and in
// JSON.
func TestFindLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := &drawer{t: t, paths: map[string]string{}}
		root := d.value("", 5)
		text := render(t, root)
		parsed, err := yamltext.Parse(text)
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if parsed == nil {
			parsed = &yamltext.Node{}
		}
		positions := yamltext.NewText(text)
		lines := strings.Split(string(text), "\n")
		for path, want := range d.paths {
			offset, exact := parsed.Find(path)
			got := strings.TrimLeft(string(text[offset:]), `"'`)
			if !exact || !strings.HasPrefix(got, want) {
				t.Fatalf("%s is found at %d (exact: %t): %.20q, want %q, in\n%s", path, offset, exact, got, want, text)
			}
			at := positions.Position(offset)
			if line := []rune(lines[at.Line-1]); !strings.HasPrefix(strings.TrimLeft(string(line[at.Column-1:]), `"'`), want) {
				t.Fatalf("%s is at %+v: %q in\n%s", path, at, string(line[at.Column-1:]), text)
			}
		}
	})
}

// render writes a document as YAML or JSON, in one of several ways.
func render(t *rapid.T, root *yaml.Node) []byte {
	var out bytes.Buffer
	switch rapid.IntRange(0, 3).Draw(t, "form") {
	case 0:
		var value any
		if err := root.Decode(&value); err != nil {
			t.Fatal(err)
		}
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(false)
		if rapid.Bool().Draw(t, "indented") {
			encoder.SetIndent("", rapid.SampledFrom([]string{"  ", "\t"}).Draw(t, "indent"))
		}
		if err := encoder.Encode(value); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	case 1:
		out.WriteString("# ä comment\n\n")
		fallthrough
	default:
		encoder := yaml.NewEncoder(&out)
		encoder.SetIndent(rapid.IntRange(2, 4).Draw(t, "indent"))
		if err := encoder.Encode(root); err != nil {
			t.Fatal(err)
		}
	}
	// The encoder escapes what has four bytes; people don't.
	text := bytes.ReplaceAll(out.Bytes(), []byte(`\U0001F600`), []byte("😀"))
	if rapid.Bool().Draw(t, "CRLF") {
		return bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
	}
	return text
}
