package review

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// part is the text of one document, and where it starts: line and column from 1, and the offset in
// the source.
type part struct {
	line, column, start int
	text                []byte
}

// splitter cuts a stream of YAML at its document markers. What follows a marker on its line ("--- #
// comment", "--- {a: b}") belongs to the document that it starts.
type splitter struct {
	in *bufio.Reader
	// name is that of the source.
	name string
	// read is how many bytes were read, lines how many lines.
	read, lines int
	// next is the document that is being read.
	next  part
	ended bool
}

func newSplitter(name string, in *bufio.Reader) *splitter {
	return &splitter{name: name, in: in, next: part{line: 1, column: 1}}
}

const marker = "---"

// document returns the text up to the next marker, and io.EOF after the last document.
func (s *splitter) document() (part, error) {
	for !s.ended {
		start := s.read
		line, err := s.readLine()
		if err != nil {
			return part{}, err
		}
		if !isMarker(line) {
			s.next.text = append(s.next.text, line...)
			continue
		}
		found := s.next
		s.next = part{line: s.lines, column: 1 + len(marker), start: start + len(marker), text: bytes.Clone(line[len(marker):])}
		return found, nil
	}
	if s.next.line == 0 {
		return part{}, io.EOF
	}
	last := s.next
	s.next = part{}
	return last, nil
}

// readLine returns a line with its end; what it returns is good until the next call. The last one
// may be empty.
func (s *splitter) readLine() (line []byte, err error) {
	line, err = s.in.ReadSlice('\n')
	for errors.Is(err, bufio.ErrBufferFull) {
		var more []byte
		line = bytes.Clone(line)
		for errors.Is(err, bufio.ErrBufferFull) && len(line) <= MaxFile {
			more, err = s.in.ReadSlice('\n')
			line = append(line, more...)
		}
	}
	s.lines++
	s.read += len(line)
	switch {
	case s.read > MaxFile:
		return nil, tooLarge(s.name)
	case errors.Is(err, io.EOF):
		s.ended = true
	case err != nil:
		return nil, fmt.Errorf("read manifests: %s: %w", s.name, err)
	}
	return line, nil
}

func isMarker(line []byte) bool {
	rest, ok := bytes.CutPrefix(line, []byte(marker))
	return ok && (len(rest) == 0 || bytes.ContainsRune([]byte(" \t\r\n"), rune(rest[0])))
}
