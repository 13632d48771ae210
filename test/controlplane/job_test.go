package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestRunRefusesUsage(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		env  string
		code int
		want string
	}{
		"help":             {[]string{"--help"}, "", exitOK, "-version"},
		"unknown flag":     {[]string{"--nonsense"}, "", exitUsage, "-nonsense"},
		"argument":         {[]string{"extra"}, "", exitUsage, `unexpected argument "extra"`},
		"bad version":      {[]string{"--version", "latest"}, "", exitUsage, "--version"},
		"bad version, env": {nil, "latest", exitUsage, `"latest"`},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			code := run(t.Context(), test.args, func(string) string { return test.env }, &log)
			if code != test.code || !strings.Contains(log.String(), test.want) {
				t.Errorf("exit %d, output %q; want %d and %q", code, log.String(), test.code, test.want)
			}
		})
	}
}

func TestRunWithoutGo(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	var log bytes.Buffer
	if code := run(t.Context(), nil, func(string) string { return "" }, &log); code != exitFailed || !strings.Contains(log.String(), "command not found in PATH") {
		t.Errorf("exit %d, output %q", code, log.String())
	}
}

func TestGoErrorSaysWhatToDo(t *testing.T) {
	plain := errors.New("exit status 1")
	for name, test := range map[string]struct {
		err          error
		output, want string
	}{
		"missing":  {&exec.Error{Name: "go", Err: exec.ErrNotFound}, "", "install Go"},
		"disk":     {plain, "write /x: no space left on device", "the disk is full"},
		"too old":  {plain, "go: go.mod requires go >= 1.26.0 (running go 1.25.1; GOTOOLCHAIN=local)", "this version of Go is too old"},
		"anything": {plain, "undefined: x", "undefined: x"},
	} {
		if err := goError(test.err, "go build", test.output); !errors.Is(err, test.err) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v; want %q", name, err, test.want)
		}
	}
}

func TestFullDiskNamesPlaces(t *testing.T) {
	j := job{stores: []store{"/caches/programs"}, tool: goTool{cacheDirs: []string{"/caches/build"}}}
	for _, full := range []error{goError(errors.New("exit status 1"), "go build", "no space left on device"), &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}} {
		if err := j.explain(full); !errors.Is(err, full) || !strings.Contains(err.Error(), "/caches/programs") || !strings.Contains(err.Error(), "/caches/build") {
			t.Errorf("explain(%v) = %v", full, err)
		}
	}
	plain := errors.New("something else")
	if err := j.explain(plain); err.Error() != plain.Error() {
		t.Errorf("explain(%v) = %v", plain, err)
	}
}

func TestLockExcludes(t *testing.T) {
	file := filepath.Join(t.TempDir(), lockFile)
	held, err := lock(t.Context(), file, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var log bytes.Buffer
	if _, err := lock(ctx, file, &log); !errors.Is(err, context.Canceled) || !strings.Contains(log.String(), "another run") {
		t.Errorf("lock while held: %v, output %q", err, log.String())
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := lock(t.Context(), file, io.Discard)
	if err != nil {
		t.Fatalf("lock after its release: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestProgress(t *testing.T) {
	p := &progress{}
	for _, piece := range []string{"go: downloading k8s.io/api v0.37.2\nk8s.io/a", "pi/core/v1\n# example.org/x\nx.go:1:2: bad\n", "last words"} {
		if n, err := p.Write([]byte(piece)); n != len(piece) || err != nil {
			t.Fatalf("Write: %d, %v", n, err)
		}
	}
	if got, want := p.String(), "1 packages compiled, 1 modules downloaded"; got != want {
		t.Errorf("progress %q; want %q", got, want)
	}
	if got, want := p.failure(), "# example.org/x\nx.go:1:2: bad\nlast words"; got != want {
		t.Errorf("failure %q; want %q", got, want)
	}
}
