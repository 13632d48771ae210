package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"

	"fargate-webhook/fargate/jsonpatch"
	"fargate-webhook/internal/yamltext"
	"fargate-webhook/kinds"
	"fargate-webhook/review"
)

// changedFile is a file of manifests, and what changes it.
type changedFile struct {
	source string
	// text is the content, and origin that without a byte order mark.
	text, origin []byte
	edits        []yamltext.Edit
	// starts are where its documents begin, after the marker.
	starts []int
}

// changedFiles returns the files that have objects, in the order of the report.
func changedFiles(r *review.Report) ([]*changedFile, error) {
	var files []*changedFile
	for from := 0; from < len(r.Items); {
		o := r.Items[from].Origin
		if o == nil {
			return nil, fmt.Errorf("%s: the text of the manifests isn't kept", r.Items[from].Source)
		}
		to := from
		for to < len(r.Items) && sameDocument(r.Items[to].Origin, o) {
			to++
		}
		file := &changedFile{source: r.Items[from].Source, text: o.File, origin: o.File}
		if n := len(files); n > 0 && sameFile(files[n-1].origin, o.File) {
			file = files[n-1]
		} else {
			if o.Marked {
				file.text = append([]byte(byteOrderMark), o.File...)
			}
			files = append(files, file)
		}
		start := len(file.text) - len(o.File) + o.Start
		file.starts = append(file.starts, start)
		edits, err := documentEdits(r.Items[from:to], o.File[o.Start:o.End], o.Start > 0)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: change the document: %w", file.source, r.Items[from].Line, err)
		}
		for _, e := range edits {
			file.edits = append(file.edits, yamltext.Edit{Start: start + e.Start, End: start + e.End, Text: e.Text})
		}
		from = to
	}
	return files, nil
}

// byteOrderMark is what some editors put before the text of a file.
const byteOrderMark = "\ufeff"

func sameDocument(a, b *review.Origin) bool {
	return a != nil && a.Start == b.Start && sameFile(a.File, b.File)
}

func sameFile(a, b []byte) bool { return len(a) > 0 && len(b) > 0 && &a[0] == &b[0] }

// documentEdits returns the edits that make the patches of items in the text of their document. If
// that can't be done in place, all of it is written again. marker is true for a document that isn't
// its file's first.
func documentEdits(items []review.Item, text []byte, marker bool) ([]yamltext.Edit, error) {
	var changes yamltext.Change
	var value any
	changed := false
	for i := range items {
		if len(items[i].Patch) == 0 {
			continue
		}
		if !changed {
			if err := decode(text, &value); err != nil {
				return nil, err
			}
		}
		if path, ok := patchRoot(&items[i], value); ok {
			changed = true
			if err := addPatch(changes.At(path...), items[i].Patch); err != nil {
				return nil, err
			}
		}
	}
	if !changed {
		return nil, nil
	}
	want := changes.Apply(value)
	if edits, err := yamltext.Edits(text, &changes); err == nil {
		var got any
		if err := decode(yamltext.Replace(text, edits), &got); err == nil && reflect.DeepEqual(got, want) {
			return edits, nil
		}
	}
	return rewritten(text, want, marker)
}

// rewritten returns the edit that writes a document again: without its comments, but with the ends of
// its lines, and with the start of its first line, which may follow a marker, as it is.
func rewritten(text []byte, value any, marker bool) ([]yamltext.Edit, error) {
	encoded, err := json.MarshalIndent(value, "", "  ")
	start, end := len(text)-len(bytes.TrimLeft(text, " \t\r\n")), len(bytes.TrimRight(text, " \t\r\n"))
	if err == nil && !json.Valid(text) {
		end = len(text)
		encoded, err = yaml.JSONToYAML(encoded)
		switch first := bytes.IndexByte(text, '\n'); {
		case first >= 0 && len(bytes.TrimSpace(text[:first])) == 0:
			start = first + 1
		case marker:
			start, encoded = 0, append([]byte("\n"), encoded...)
		default:
			start = 0
		}
	}
	if first := bytes.IndexByte(text, '\n'); first > 0 && text[first-1] == '\r' {
		encoded = bytes.ReplaceAll(encoded, []byte("\n"), []byte("\r\n"))
	}
	return []yamltext.Edit{{Start: start, End: end, Text: string(encoded)}}, err
}

// decode decodes a document as the API server sees it.
func decode(text []byte, into *any) error {
	data, err := yaml.YAMLToJSON(text)
	if err != nil {
		return err
	}
	*into = nil
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	return decoder.Decode(into)
}

// patchRoot returns the path, in its document, of what the patch of an item is about: the object, or
// its pod template. Of what has no pod template as Kubernetes knows it there is none.
func patchRoot(i *review.Item, document any) ([]string, bool) {
	var path []string
	for _, at := range i.Origin.Within {
		path = append(path, "items", strconv.Itoa(at))
	}
	template := i.PodTemplate
	if kind := kinds.Find(i.APIVersion, i.Kind); kind != nil && template == "" {
		template = kind.TemplatePath
	}
	for part := range strings.FieldsFuncSeq(template, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		path = append(path, part)
	}
	at := document
	for _, key := range path {
		switch parent := at.(type) {
		case map[string]any:
			at = parent[key]
		case []any:
			n, err := strconv.Atoi(key)
			if err != nil || n < 0 || n >= len(parent) {
				return nil, false
			}
			at = parent[n]
		}
	}
	object, isObject := at.(map[string]any)
	_, hasSpec := object["spec"].(map[string]any)
	return path, isObject && (hasSpec || i.PodTemplate == "")
}

// addPatch adds the operations of a patch to changes.
func addPatch(c *yamltext.Change, patch jsonpatch.Patch) error {
	for _, op := range patch {
		tokens := strings.Split(strings.TrimPrefix(op.Path, "/"), "/")
		for i, token := range tokens {
			tokens[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		}
		last := len(tokens) - 1
		value, err := plainValue(op.Value)
		switch {
		case err != nil:
			return err
		case op.Op == "remove":
			c.At(tokens...).Remove = true
		case tokens[last] == "-":
			list := c.At(tokens[:last]...)
			list.Append = append(list.Append, value)
		default:
			at := c.At(tokens...)
			at.Set, at.Value = true, value
		}
	}
	return nil
}

// plainValue returns a value as decoding its JSON gives it.
func plainValue(value any) (plain any, err error) {
	data, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	err = decoder.Decode(&plain)
	return plain, err
}
