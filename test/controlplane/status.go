package main

import (
	"fmt"
	"io"
	"os"
	"time"
)

// How often a long build reports its progress: on a terminal, where one line changes, and
// elsewhere, where each report is a line.
const (
	reportOnTerminal = time.Second
	reportElsewhere  = 15 * time.Second
)

// terminalWidth is how much of a line is shown on a terminal: a longer one would wrap, and then
// couldn't be replaced.
const terminalWidth = 79

// status shows the state of a build: one line that is replaced on a terminal, plain lines
// elsewhere.
type status struct {
	out      io.Writer
	terminal bool
	every    time.Duration
}

// newStatus returns the status for an output.
func newStatus(out io.Writer) status {
	if isTerminal(out) {
		return status{out: out, terminal: true, every: reportOnTerminal}
	}
	return status{out: out, every: reportElsewhere}
}

// show replaces the line, or prints another.
func (s status) show(text string) {
	if !s.terminal {
		say(s.out, "%s", text)
		return
	}
	text = sayPrefix + text
	text = text[:min(len(text), terminalWidth)]
	fmt.Fprintf(s.out, "\r\x1b[K%s", text) //nolint:errcheck // an output error can't be reported
}

// clear removes the line, for what is printed next.
func (s status) clear() {
	if s.terminal {
		fmt.Fprint(s.out, "\r\x1b[K") //nolint:errcheck // an output error can't be reported
	}
}

// isTerminal returns whether an output is a terminal that can replace a line. Other character
// devices count too: nobody reads what is written to /dev/null.
func isTerminal(out io.Writer) bool {
	file, isFile := out.(*os.File)
	if !isFile || os.Getenv("TERM") == "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
