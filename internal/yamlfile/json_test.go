package yamlfile

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"
)

// JSON gives the nodes that the YAML decoder gives for it, wherever that can read it.
func TestJSONIsYAML(t *testing.T) {
	scalar := rapid.OneOf(rapid.StringMatching(`[ -~é]{0,8}`).AsAny(), rapid.IntRange(-9, 99).AsAny(), rapid.Bool().AsAny(), rapid.Just[any](nil),
		rapid.Just[any](1.5))
	list := rapid.SliceOfN(scalar, 0, 3)
	mapping := rapid.MapOfN(rapid.StringMatching(`[ -~é]{1,8}`), rapid.OneOf(scalar, list.AsAny()), 0, 4)
	rapid.Check(t, func(t *rapid.T) {
		data, err := json.MarshalIndent(rapid.SliceOfN(mapping, 0, 3).Draw(t, "value"), "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		want, err := yamlDocuments("f", data)
		if err != nil {
			t.Fatal(err)
		}
		got, err := jsonDocuments("f", data)
		if err != nil {
			t.Fatal(err)
		}
		same := cmpopts.IgnoreFields(yaml.Node{}, "Column", "Style")
		if diff := cmp.Diff(want, got, same); diff != "" {
			t.Fatalf("-YAML +JSON:\n%s", diff)
		}
	})
}

func TestDocuments(t *testing.T) {
	for name, c := range map[string]struct {
		data  string
		lines []int
		err   string
	}{
		"one after the other":  {"{\"a\": 1}\n{\n}\n\n[\n\"b\"]{}", []int{1, 2, 5, 6}, ""},
		"null counts for none": {"{}\nnull\n", []int{1}, ""},
		"a surrogate pair":     {`{"a": "\ud83d\ude00"}`, []int{1}, ""},
		"flow YAML":            {"{a: b}\n---\n[c]\n", []int{1, 3}, ""},
		"cut off":              {"{\"a\": [\n1,\n", nil, "f.json:2: not valid JSON: unexpected EOF; nor is it valid YAML"},
		"a bad token":          {"{\n\"a\": nope]\n}", nil, "f.json:2: not valid JSON: "},
		"very deep":            {strings.Repeat("[", MaxBytes), nil, "f.json:1: not valid JSON: must not be nested more than 1000 deep; nor is it valid YAML"},
		"not UTF-8":            {"{\"a\": \"\xff\"}", nil, "f.json: not valid YAML: "},
	} {
		t.Run(name, func(t *testing.T) {
			documents, err := Documents("f.json", []byte(c.data))
			if c.err != "" {
				if err == nil || !strings.HasPrefix(err.Error(), c.err) {
					t.Fatalf("got %v, want %q", err, c.err)
				}
				return
			}
			var lines []int
			for _, document := range documents {
				lines = append(lines, document.Line)
			}
			if diff := cmp.Diff(c.lines, lines); err != nil || diff != "" {
				t.Errorf("%v, -want +got:\n%s", err, diff)
			}
		})
	}
}
