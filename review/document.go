package review

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"sigs.k8s.io/yaml"
)

// lineError is an error at a line of a source.
type lineError struct {
	line int
	err  error
}

func (e *lineError) Error() string { return e.err.Error() }
func (e *lineError) Unwrap() error { return e.err }

const byteOrderMark = "\ufeff"

// documents returns the function that returns the documents of a source one after the other, and
// io.EOF after the last: those of YAML, or of a stream of JSON.
func documents(name string, in io.Reader) (next func() (part, error), isJSON bool, err error) {
	const look = 64 << 10
	buffered := bufio.NewReaderSize(in, look)
	if start, _ := buffered.Peek(len(byteOrderMark)); string(start) == byteOrderMark {
		_, _ = buffered.Discard(len(byteOrderMark)) // which are in the buffer
	}
	if !startsJSON(buffered) {
		return newSplitter(name, buffered).document, false, nil
	}
	data, err := readAll(name, buffered)
	if err != nil {
		return nil, false, err
	}
	if parts, err := jsonParts(data); err == nil {
		return func() (found part, err error) {
			if len(parts) == 0 {
				return part{}, io.EOF
			}
			found, parts = parts[0], parts[1:]
			return found, nil
		}, true, nil
	}
	// Flow style YAML starts like JSON.
	return newSplitter(name, bufio.NewReader(bytes.NewReader(data))).document, false, nil
}

// startsJSON reports input whose first character that isn't blank is that of an object. It looks no
// further than a program that answers line by line has written.
func startsJSON(in *bufio.Reader) bool {
	for n := 1; ; n++ {
		start, err := in.Peek(n)
		if len(start) < n || err != nil {
			return false
		}
		if c := start[n-1]; c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return c == '{'
		}
	}
}

// jsonParts returns the values of a stream of JSON.
func jsonParts(data []byte) ([]part, error) {
	var parts []part
	decoder := json.NewDecoder(bytes.NewReader(data))
	line, column, counted := 1, 1, 0 // those of data[counted]
	for {
		offset := int(decoder.InputOffset())
		var raw json.RawMessage
		err := decoder.Decode(&raw)
		if errors.Is(err, io.EOF) {
			return parts, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read JSON: %w", err)
		}
		start := offset + len(data[offset:]) - len(bytes.TrimLeft(data[offset:], " \t\r\n"))
		passed := data[counted:start]
		if last := bytes.LastIndexByte(passed, '\n'); last >= 0 {
			line, column, passed = line+bytes.Count(passed, []byte("\n")), 1, passed[last+1:]
		}
		column, counted = column+utf8.RuneCount(passed), start
		parts = append(parts, part{line: line, column: column, start: start, text: data[start:decoder.InputOffset()]})
	}
}

// converted returns a part of YAML as JSON, nil if it is empty.
func converted(p *part) ([]byte, error) {
	data, err := yaml.YAMLToJSON(p.text)
	if err != nil {
		return nil, templateError(p, yamlError(p.line, err))
	}
	if bytes.Equal(data, []byte("null")) {
		return nil, nil
	}
	return data, nil
}

// numbered is how the parser names a line in its errors.
var numbered = regexp.MustCompile(`line (\d+): `)

// yamlError moves the line that the parser names to the source's own count.
func yamlError(start int, err error) *lineError {
	text := err.Error()
	found := numbered.FindStringSubmatchIndex(text)
	if found == nil {
		return &lineError{line: start, err: err}
	}
	within, convErr := strconv.Atoi(text[found[2]:found[3]])
	if convErr != nil {
		return &lineError{line: start, err: err}
	}
	return &lineError{line: start + within - 1, err: errors.New(text[:found[0]] + text[found[1]:])}
}

// invalidKey begins the parser's error about a map or list as the key of a map, in the words of Go.
const invalidKey = "yaml: invalid map key"

// templateError says of YAML that can't be read that it looks like a template, where it does. As YAML,
// {{ .name }} is a map with a map for its key.
func templateError(p *part, err *lineError) *lineError {
	invalid := strings.HasPrefix(err.err.Error(), invalidKey)
	at := bytes.Index(p.text, []byte("{{"))
	if at < 0 {
		if invalid {
			err.err = errors.New("yaml: the key of a map is a map or a list")
		}
		return err
	}
	line := p.line + bytes.Count(p.text[:at], []byte("\n"))
	if invalid {
		return &lineError{line: line, err: errors.New(`"{{" begins a template: render the manifests first, as with helm template`)}
	}
	err.err = fmt.Errorf(`%w; if "{{" in line %d is that of a template, render the manifests first, as with helm template`, err.err, line)
	return err
}
