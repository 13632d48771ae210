package main

import (
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"

	"github.com/creack/pty"

	"fargate-webhook/cmd/fargate-webhook/cli"
)

// terminal is one that a process writes to.
type terminal struct {
	screen, tty *os.File
	shown       chan string
}

// newTerminal opens a terminal of a width, and reads what is written to it.
func newTerminal(t *testing.T, width uint16) *terminal {
	t.Helper()
	screen, tty, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo terminals here: ", err)
	}
	t.Cleanup(func() { _, _ = screen.Close(), tty.Close() })
	if err := pty.Setsize(tty, &pty.Winsize{Rows: 24, Cols: width}); err != nil {
		t.Fatal(err)
	}
	o := &terminal{screen: screen, tty: tty, shown: make(chan string, 1)}
	go func() {
		all, err := io.ReadAll(screen)
		if err != nil && !errors.Is(err, syscall.EIO) { // Linux's end of a terminal
			all = append(all, err.Error()...)
		}
		o.shown <- strings.ReplaceAll(string(all), "\r\n", "\n")
	}()
	return o
}

// onTerminal runs the program with its standard output, or its standard error, on a terminal, and
// returns what that shows.
func onTerminal(t *testing.T, width uint16, errors bool, variables []string, args ...string) (string, int) {
	t.Helper()
	o := newTerminal(t, width)
	p := command(t, args...)
	p.Env = append(slices.DeleteFunc(p.Env, func(v string) bool {
		return strings.HasPrefix(v, "NO_COLOR=") || strings.HasPrefix(v, "TERM=")
	}), append([]string{"TERM=xterm-256color"}, variables...)...)
	if p.Stdout = o.tty; errors {
		p.Stdout, p.Stderr = nil, o.tty
	}
	p.start(t)
	_ = o.tty.Close() // the process has it
	await(t, "the program ends", p.done)
	return <-o.shown, p.ProcessState.ExitCode()
}

const notOnFargate = "../../examples/not-fargate.yaml"

// Colors are for terminals: unless NO_COLOR has any value, or the terminal is a dumb one.
func TestTerminalColors(t *testing.T) {
	for name, c := range map[string]struct {
		variables, args []string
		want            bool
	}{
		"a terminal":                   {nil, nil, true},
		"NO_COLOR":                     {[]string{"NO_COLOR=1"}, nil, false},
		"NO_COLOR of no meaning":       {[]string{"NO_COLOR=0"}, nil, false},
		"an empty NO_COLOR":            {[]string{"NO_COLOR="}, nil, true},
		"a dumb terminal":              {[]string{"TERM=dumb"}, nil, false},
		"--color never":                {nil, []string{"--color=never"}, false},
		"--color always over NO_COLOR": {[]string{"NO_COLOR=1"}, []string{"--color=always"}, true},
		"another format":               {nil, []string{"-o=json"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			shown, code := onTerminal(t, 100, false, c.variables, append([]string{"review", "-f", exampleService, "--profiles", exampleProfiles}, c.args...)...)
			if code != cli.ExitFailed || strings.Contains(shown, "\x1b") != c.want || !strings.Contains(shown, "node-port") {
				t.Errorf("exit code %d, %q", code, shown)
			}
		})
	}
}

// Details are wrapped to the width of the terminal, whatever it is; without a width they aren't.
func TestTerminalWidth(t *testing.T) {
	longest := func(shown string) (most int) {
		for line := range strings.Lines(shown) {
			if strings.HasPrefix(line, "  ") { // a line of details
				most = max(most, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")))
			}
		}
		return most
	}
	args := []string{"review", "-f", notOnFargate, "--profiles", exampleProfiles, "--color=never"}
	whole := longest(program(t, "", args...).stdout)
	for _, width := range []uint16{50, 80, 132} {
		shown, code := onTerminal(t, width, false, nil, args...)
		if most := longest(shown); code != cli.ExitOK || most > int(width) || most < int(width)/2 || whole <= int(width) {
			t.Errorf("%d columns: exit code %d, up to %d, unwrapped %d\n%s", width, code, most, whole, shown)
		}
		if shortened := strings.Contains(shown, "…"); shortened != (width < 132) {
			t.Errorf("%d columns: the source is shortened: %v\n%s", width, shortened, shown)
		}
	}
	if shown, _ := onTerminal(t, 0, false, nil, args...); longest(shown) != whole {
		t.Errorf("a terminal without a width: up to %d, want %d\n%s", longest(shown), whole, shown)
	}
}

// Who reads a cluster shows on a terminal how far it is, and removes that in the end; elsewhere it
// writes nothing of that.
func TestTerminalProgress(t *testing.T) {
	s := apiServer{lists: map[string]string{"/api/v1/namespaces/apps/pods": podOfApps}}
	args := []string{"review", "--from-cluster", "--profiles", exampleProfiles, "--context=there", "--kubeconfig", s.kubeconfig(t)}
	shown, code := onTerminal(t, 80, true, nil, args...)
	before, after, found := strings.Cut(shown, "\r\x1b[Kreading pods: 1")
	if code != cli.ExitOK || !found || !strings.Contains(before, "\r\x1b[Kreading deployments.apps: 0") {
		t.Errorf("exit code %d, %q", code, shown)
	}
	if last := after[strings.LastIndex(after, "\r"):]; last != "\r\x1b[K" {
		t.Errorf("it ends with %q", last)
	}
	if got := program(t, "", args...); strings.Contains(got.stderr, "reading") {
		t.Errorf("without a terminal: %q", got.stderr)
	}
}
