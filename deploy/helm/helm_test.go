package helm

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A program that somebody still writes is run once that is done.
func TestBusyProgram(t *testing.T) {
	program := filepath.Join(t.TempDir(), "program")
	file, err := os.OpenFile(program, os.O_CREATE|os.O_WRONLY, 0o700)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString("#!/bin/sh\necho done\n"); err != nil {
		t.Fatal(err)
	}
	closed := make(chan error, 1)
	time.AfterFunc(300*time.Millisecond, func() { closed <- file.Close() })
	out, err := output(t.Context(), ".", nil, program, "x")
	if err != nil || out != "done" {
		t.Errorf("got %q, %v", out, err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}
