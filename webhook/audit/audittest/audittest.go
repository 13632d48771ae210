// Package audittest checks lines of the audit log against their schema, for tests.
package audittest

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/xeipuuv/gojsonschema"

	"fargate-webhook/webhook/audit"
)

var schema = sync.OnceValues(func() (*gojsonschema.Schema, error) {
	text, err := audit.Schema()
	if err != nil {
		return nil, err
	}
	return gojsonschema.NewSchema(gojsonschema.NewBytesLoader(text))
})

// Validate returns an error for the first line that isn't one of the schema.
func Validate(lines []byte) error {
	schema, err := schema()
	if err != nil {
		return err
	}
	for line := range bytes.Lines(lines) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			return fmt.Errorf("audit line %q: must end with a newline", line)
		}
		result, err := schema.Validate(gojsonschema.NewBytesLoader(line))
		if err != nil {
			return fmt.Errorf("audit line %q: %w", line, err)
		}
		if !result.Valid() {
			return fmt.Errorf("audit line %q: %v", line, result.Errors())
		}
	}
	return nil
}

// Log is an audit log whose lines can be read.
type Log struct {
	*audit.Log
	tb  testing.TB
	out bytes.Buffer
}

// Open opens a log with the options, except for where it writes. At the end of the test it is
// closed, and each of its lines is checked.
func Open(tb testing.TB, options audit.Options) *Log {
	tb.Helper()
	l := &Log{tb: tb}
	options.Path, options.Stdout = "-", &l.out
	log, err := audit.Open(options)
	if err != nil {
		tb.Fatal(err)
	}
	l.Log = log
	tb.Cleanup(func() {
		if err := log.Close(); err != nil {
			tb.Error(err)
		}
		if err := Validate(l.out.Bytes()); err != nil {
			tb.Error(err)
		}
	})
	return l
}

// String returns what was written so far.
func (l *Log) String() string { return string(l.Bytes()) }

// Bytes returns what was written so far. A fuzz target may call it, so it calls nothing of the test
// unless something is wrong.
func (l *Log) Bytes() []byte {
	if err := l.Sync(context.Background()); err != nil {
		l.tb.Error(err)
	}
	return l.out.Bytes()
}

// Len returns the size of what was written so far.
func (l *Log) Len() int { return len(l.Bytes()) }

// Reset checks what was written so far, and forgets it.
func (l *Log) Reset() {
	if err := Validate(l.Bytes()); err != nil {
		l.tb.Error(err)
	}
	l.out.Reset()
}
