package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// makeFifo makes a named pipe.
func makeFifo(t *testing.T, file string) {
	t.Helper()
	if err := syscall.Mkfifo(file, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestStatus(t *testing.T) {
	long := strings.Repeat("x", 200)
	var plain, terminal bytes.Buffer
	for _, s := range []status{newStatus(&plain), {out: &terminal, terminal: true}} {
		s.show("first")
		s.show(long)
		s.clear()
	}
	if want := "control plane: first\ncontrol plane: " + long + "\n"; plain.String() != want {
		t.Errorf("plain: %q; want %q", plain.String(), want)
	}
	const erase = "\r\x1b[K"
	shown := strings.Split(strings.TrimPrefix(terminal.String(), erase), erase)
	if len(shown) != 3 || shown[0] != "control plane: first" || shown[2] != "" {
		t.Fatalf("on a terminal: %q", terminal.String())
	}
	if len(shown[1]) != terminalWidth || strings.Contains(terminal.String(), "\n") {
		t.Errorf("on a terminal, a long line: %q", shown[1])
	}
}

func TestIsTerminal(t *testing.T) {
	t.Setenv("TERM", "xterm")
	if isTerminal(&bytes.Buffer{}) {
		t.Error("a buffer is a terminal")
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	device, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, f := range []*os.File{file, reader, writer, device} {
			_ = f.Close()
		}
	})
	if isTerminal(file) || isTerminal(writer) {
		t.Error("a file or a pipe is a terminal")
	}
	if !isTerminal(device) {
		t.Error("a character device is no terminal")
	}
	for _, dumb := range []string{"dumb", ""} {
		t.Setenv("TERM", dumb)
		if isTerminal(device) {
			t.Errorf("TERM=%q can replace a line", dumb)
		}
	}
}

func TestAnnounce(t *testing.T) {
	for cores, want := range map[int]int{0: estimate(1), 1: coreMinutes, 64: serialMinutes + 1} {
		if got := estimate(cores); got != want {
			t.Errorf("on %d cores: %d minutes; want %d", cores, got, want)
		}
	}
	for cores := 1; cores < 64; cores++ {
		if estimate(cores) < estimate(cores+1) {
			t.Errorf("%d cores are faster than %d", cores, cores+1)
		}
	}
	got := announce(version{major: 1, minor: 37, patch: 2}, programs()[:2], 1)
	for _, want := range []string{"etcd, kubectl v1.37.2 ", " on 1 core, ", "MB"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q lacks %q", got, want)
		}
	}
}
