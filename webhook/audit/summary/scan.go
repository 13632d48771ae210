package summary

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

// maxLine is the longest line that is read. The webhook writes lines of some hundred KiB at most.
const maxLine = 4 << 20

// Read reads a log, which may be compressed with gzip, and counts its lines. Lines before an error are
// counted.
func (s *Summary) Read(r io.Reader) error {
	in := bufio.NewReaderSize(r, 64<<10)
	if magic, err := in.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		unzipped, err := gzip.NewReader(in)
		if err != nil {
			return fmt.Errorf("decompress: %w", err)
		}
		in = bufio.NewReaderSize(unzipped, 64<<10)
	}
	var text []byte
	for {
		var err error
		text, err = readLine(in, text[:0])
		if len(text) > 0 {
			s.add(text)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("after %d lines: %w", s.lines.Read, err)
		}
	}
}

// readLine appends the next line to a buffer. Of a line that is too long it returns more than maxLine
// bytes, and drops the rest.
func readLine(in *bufio.Reader, text []byte) ([]byte, error) {
	for {
		part, err := in.ReadSlice('\n')
		if len(text) <= maxLine {
			text = append(text, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return text, err
		}
	}
}
