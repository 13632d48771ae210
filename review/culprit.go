package review

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"fargate-webhook/kinds/custom"
)

// fieldError is an error about a field of an object, or of the List that the object is in.
type fieldError struct {
	field string
	err   error
}

func (e *fieldError) Error() string { return e.err.Error() }
func (e *fieldError) Unwrap() error { return e.err }

// inItem makes an error of an item one of its List.
func inItem(i int, err error) error {
	field := fmt.Sprintf("items[%d]", i)
	if inner, ok := errors.AsType[*fieldError](err); ok {
		field += "." + inner.field
	}
	return &fieldError{field, fmt.Errorf("items[%d]: %w", i, err)}
}

// inTemplate makes an error of a pod template one of the object that holds it.
func inTemplate(err *custom.TemplateError) error {
	field := err.Path
	if inner, ok := errors.AsType[*fieldError](err.Err); ok {
		field += "." + inner.field
	}
	return &fieldError{field, err}
}

// Objects are searched for what can't be decoded up to this size, in bytes, and so many times.
const (
	maxSearched = 256 << 10
	maxAttempts = 2000
)

// located makes an error of decode name the field for which data can't be decoded, if it is found:
// decoders say at best which type has it, and nothing of values with a form of their own.
func located(data []byte, err error, decode func([]byte) error) error {
	var object map[string]any
	if len(data) > maxSearched || json.Unmarshal(data, &object) != nil {
		return err
	}
	c := culprit{root: object, text: err.Error(), decode: decode}
	path := c.in(object, "")
	if path == "" {
		return err
	}
	if beginsWith(err.Error(), path) {
		return &fieldError{path, err}
	}
	return &fieldError{path, fmt.Errorf("%s: %w", path, inWords(err))}
}

// beginsWith reports a text that begins with a path, however that writes keys with dots.
func beginsWith(text, path string) bool {
	dotted := strings.NewReplacer("[", ".", "]", "").Replace
	return strings.HasPrefix(dotted(text[:min(len(text), len(path))]), dotted(path))
}

// culprit finds the field without which an object can be decoded, or fails for another reason.
type culprit struct {
	root     any
	text     string
	decode   func([]byte) error
	attempts int
}

// in returns the path of the field in a value, "" if there is none: the deepest one.
func (c *culprit) in(value any, path string) string {
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			inner := v[key]
			delete(v, key)
			gone := c.isGone()
			v[key] = inner
			if gone {
				at := strings.TrimPrefix(path+"."+key, ".")
				if strings.Contains(key, ".") {
					at = path + "[" + key + "]"
				}
				return c.deepest(inner, at)
			}
		}
	case []any:
		for i, inner := range v {
			v[i] = nil
			gone := c.isGone()
			v[i] = inner
			if gone {
				return c.deepest(inner, fmt.Sprintf("%s[%d]", path, i))
			}
		}
	}
	return ""
}

func (c *culprit) deepest(value any, path string) string {
	if deeper := c.in(value, path); deeper != "" {
		return deeper
	}
	return path
}

func (c *culprit) isGone() bool {
	if c.attempts++; c.attempts > maxAttempts {
		return false
	}
	data, err := json.Marshal(c.root)
	if err != nil {
		return false
	}
	err = c.decode(data)
	return err == nil || err.Error() != c.text
}

// inWords returns what is wrong with the type of a value without the names of Go types.
func inWords(err error) error {
	wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok || wrong.Type == nil {
		return err
	}
	is := map[string]string{"array": "a list", "object": "an object", "bool": "true or false", "string": "a string", "number": "a number"}[wrong.Value]
	want := ""
	switch wrong.Type.Kind() { //nolint:exhaustive // others have no name that people know
	case reflect.String:
		want = "a string"
	case reflect.Bool:
		want = "true or false"
	case reflect.Int, reflect.Int32, reflect.Int64:
		want = "a whole number"
	case reflect.Slice:
		want = "a list"
	case reflect.Map, reflect.Struct:
		want = "an object"
	}
	switch {
	case want == "":
		return err
	case is == "" || is == want: // a number that doesn't fit
		return fmt.Errorf("must be %s, not %s", want, wrong.Value)
	}
	return fmt.Errorf("must be %s, not %s", want, is)
}
