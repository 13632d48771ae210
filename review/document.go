package review

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"

	"sigs.k8s.io/yaml"

	"fargate-webhook/internal/parallel"
)

// document is one document of a file, as JSON.
type document struct {
	// index counts the file's documents from 0, empty ones left out.
	index int
	// line is where it starts, from 1.
	line int
	json []byte
	// file has the document's text from start to end.
	file       *fileText
	start, end int
}

// lineError is an error at a line of a file.
type lineError struct {
	line int
	err  error
}

func (e *lineError) Error() string { return e.err.Error() }
func (e *lineError) Unwrap() error { return e.err }

// documents splits a file, YAML or a stream of JSON, into documents. What is wrong with one does
// not hide the others.
func documents(data []byte) ([]document, []*lineError) {
	file := newFileText(data)
	data = file.data
	if trimmed := bytes.TrimLeft(data, " \t\r\n"); len(trimmed) > 0 && trimmed[0] == '{' {
		if docs, err := jsonDocuments(file); err == nil {
			return docs, nil
		}
		// Flow style YAML starts like JSON: it is read as YAML below.
	}
	parts := splitYAML(data)
	converted, broken := make([][]byte, len(parts)), make([]*lineError, len(parts))
	var repeated aliases
	for i, part := range parts {
		if err := repeated.check(part.text); err != nil {
			broken[i] = &lineError{line: part.line, err: err}
		}
	}
	parallel.Do(len(parts), func(i int) {
		if broken[i] != nil {
			return
		}
		var err error
		if converted[i], err = yaml.YAMLToJSON(parts[i].text); err != nil {
			broken[i] = yamlError(parts[i].line, err)
		}
	})
	var docs []document
	var problems []*lineError
	for i, part := range parts {
		switch {
		case broken[i] != nil:
			problems = append(problems, broken[i])
		case !bytes.Equal(converted[i], []byte("null")):
			docs = append(docs, document{
				index: len(docs) + len(problems), line: part.line, json: converted[i],
				file: file, start: part.start, end: part.start + len(part.text),
			})
		}
	}
	return docs, problems
}

// yamlPart is the text of one YAML document, and the line and the offset it starts at.
type yamlPart struct {
	line, start int
	text        []byte
}

// splitYAML cuts a file at its document markers. What follows a marker on its line ("--- #
// comment", "--- {a: b}") belongs to the document it starts.
func splitYAML(data []byte) []yamlPart {
	var parts []yamlPart
	line, start, startLine := 1, 0, 1
	for at := 0; at < len(data); {
		end := len(data)
		if next := bytes.IndexByte(data[at:], '\n'); next >= 0 {
			end = at + next + 1
		}
		if isMarker(data[at:end]) {
			parts = append(parts, yamlPart{line: startLine, start: start, text: data[start:at]})
			start, startLine = at+len("---"), line
		}
		at = end
		line++
	}
	return append(parts, yamlPart{line: startLine, start: start, text: data[start:]})
}

func isMarker(line []byte) bool {
	rest, ok := bytes.CutPrefix(line, []byte("---"))
	return ok && (len(rest) == 0 || bytes.ContainsRune([]byte(" \t\r\n"), rune(rest[0])))
}

// numbered is how the parser names a line in its errors.
var numbered = regexp.MustCompile(`line (\d+): `)

// yamlError moves the line that the parser names to the file's own count.
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

// jsonDocuments reads a stream of JSON values.
func jsonDocuments(file *fileText) ([]document, error) {
	var docs []document
	data := file.data
	decoder := json.NewDecoder(bytes.NewReader(data))
	line, counted := 1, 0 // the line at data[counted]
	for {
		offset := int(decoder.InputOffset())
		var raw json.RawMessage
		err := decoder.Decode(&raw)
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read JSON: %w", err)
		}
		gap := len(data[offset:]) - len(bytes.TrimLeft(data[offset:], " \t\r\n"))
		line += bytes.Count(data[counted:offset+gap], []byte("\n"))
		counted = offset + gap
		docs = append(docs, document{index: len(docs), line: line, json: raw, file: file, start: counted, end: int(decoder.InputOffset())})
	}
}
