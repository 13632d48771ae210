// Package process runs child processes for tests and for `make run`: their output goes to a file, they never outlive this process,
// and a terminal's Ctrl-C reaches them only through it.
package process

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// Command says what to run.
type Command struct {
	Path string
	Args []string
	Env  []string // nil: this process's environment
	Dir  string   // working folder; empty: this process's
	Log  string   // the file that takes standard output and standard error; it is emptied first
}

// Process is a child process.
type Process struct {
	name string
	log  string
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended and cmd.ProcessState is set
}

// Start runs a command. It doesn't wait for it.
func Start(command Command) (*Process, error) {
	log, err := os.OpenFile(command.Log, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the log of %s: %w", command.Path, err)
	}
	// Not bound to a context: Stop ends it, and what it started with must not.
	cmd := exec.Command(command.Path, command.Args...) //nolint:noctx // see above
	cmd.Env, cmd.Dir = command.Env, command.Dir
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = attributes()
	p := &Process{name: filepath.Base(command.Path), log: command.Log, cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go p.run(log, started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", command.Path, err)
	}
	return p, nil
}

// run starts the command and waits for it, on one thread: Linux kills a child with its parent when the thread that made the child
// ends, so that thread has to live as long.
func (p *Process) run(log io.Closer, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	_ = log.Close() // nothing was written through this handle
	started <- err
	if err != nil {
		return
	}
	_ = p.cmd.Wait() // cmd.ProcessState holds the same
	close(p.done)
}

// Exited is closed when the process has ended.
func (p *Process) Exited() <-chan struct{} { return p.done }

// Running returns nil while the process runs, and afterwards an error that says how it ended and what it last logged.
func (p *Process) Running() error {
	select {
	case <-p.done:
		return fmt.Errorf("%s has ended (%s); its last log lines:\n%s", p.name, p.cmd.ProcessState, p.Tail(tailLines))
	default:
		return nil
	}
}

// tailLines is how many log lines an error shows.
const tailLines = 20

// Code waits for the process to end and returns its exit code, -1 if a signal ended it.
func (p *Process) Code() int {
	<-p.done
	return p.cmd.ProcessState.ExitCode()
}

// Terminate asks the process to end, with SIGTERM. It doesn't wait.
func (p *Process) Terminate() error { return ignoreEnded(p.cmd.Process.Signal(syscall.SIGTERM)) }

// Hangup sends SIGHUP.
func (p *Process) Hangup() error { return ignoreEnded(p.cmd.Process.Signal(syscall.SIGHUP)) }

// Kill ends the process at once and waits for its end.
func (p *Process) Kill() error {
	err := ignoreEnded(p.cmd.Process.Kill())
	<-p.done
	return err
}

// Stop asks the process to end, waits for at most grace, then kills it, which it reports as an error.
func (p *Process) Stop(grace time.Duration) error {
	if err := p.Terminate(); err != nil {
		return errors.Join(err, p.Kill())
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-p.done:
		return nil
	case <-timer.C:
		return errors.Join(fmt.Errorf("%s did not end within %s of SIGTERM and was killed; its last log lines:\n%s", p.name, grace, p.Tail(tailLines)), p.Kill())
	}
}

func ignoreEnded(err error) error {
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// Tail returns the last lines of the log, or why there are none.
func (p *Process) Tail(lines int) string {
	content, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimRight(string(content), "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
