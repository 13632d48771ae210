package review

import (
	"errors"
	"strings"
	"testing"
)

// Manifests that a tool has still to render are named as such, where they stand.
func TestTemplatesAreNamed(t *testing.T) {
	const head = "apiVersion: v1\nkind: Pod\n---\nkind: Service\nmetadata:\n"
	const first = `"{{" begins a template: render the manifests first, as with helm template`
	for name, c := range map[string]struct {
		text string
		line int
		want string
	}{
		"a value":         {head + "  name: {{ .name }}\n", 6, first},
		"a piped value":   {head + "  name: {{ .Values.n | default \"a\" }}\n", 6, first},
		"a block":         {head + "  name: x\n{{- if .Values.a }}\nspec: {}\n{{- end }}\n", 8, `yaml: could not find expected ':'; if "{{" in line 7 is that of a template, render the manifests first, as with helm template`},
		"no template":     {head + "  name: [\nspec: {}\n", 7, "yaml: did not find expected ',' or ']'"},
		"a map for a key": {head + "  {a: b}: c\n", 4, "yaml: the key of a map is a map or a list"},
	} {
		p := &part{line: 4, text: []byte(strings.SplitN(c.text, "---\n", 2)[1])}
		_, err := converted(p)
		at, ok := errors.AsType[*lineError](err)
		if !ok {
			t.Fatalf("%s: %v", name, err)
		}
		if at.line != c.line || at.Error() != c.want {
			t.Errorf("%s: line %d: %v; want line %d: %s", name, at.line, err, c.line, c.want)
		}
	}
}
