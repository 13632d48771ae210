// Package process runs child processes for tests and for `make run`. Their output goes to a file,
// they exit with this process (when it is killed: on Linux only), and Ctrl-C in the terminal
// doesn't reach them directly.
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

// Command describes a program to run.
type Command struct {
	Path string
	Args []string
	Env  []string // nil: this process's environment
	Dir  string   // working directory; empty: this process's
	Log  string   // the file for standard output and standard error; truncated at the start
}

// Process is a child process.
type Process struct {
	name string
	log  string
	cmd  *exec.Cmd
	done chan struct{} // closed after it has exited and cmd.ProcessState is set
}

// Start starts a command and returns without waiting for it.
func Start(command Command) (*Process, error) {
	log, err := os.OpenFile(command.Log, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the log of %s: %w", command.Path, err)
	}
	// Not bound to a context: only Stop and Kill end it, not the context of the start.
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

// run starts the command and waits for it on one locked thread: with Pdeathsig, Linux kills the
// child when the thread that started it exits, so that thread must live as long as the child.
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

// Exited returns a channel that is closed when the process exits.
func (p *Process) Exited() <-chan struct{} { return p.done }

// Running returns nil while the process runs, and then an error with its exit status and last log
// lines.
func (p *Process) Running() error {
	select {
	case <-p.done:
		return fmt.Errorf("%s exited (%s); its last log lines:\n%s", p.name, p.cmd.ProcessState, p.Tail(tailLines))
	default:
		return nil
	}
}

// tailLines is how many log lines an error shows.
const tailLines = 20

// Code waits for the process to exit and returns its exit code, or -1 if a signal killed it.
func (p *Process) Code() int {
	<-p.done
	return p.cmd.ProcessState.ExitCode()
}

// Name returns the name of the program's file.
func (p *Process) Name() string { return p.name }

// PID returns the id of the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Terminate sends SIGTERM and returns without waiting.
func (p *Process) Terminate() error { return ignoreEnded(p.cmd.Process.Signal(syscall.SIGTERM)) }

// Hangup sends SIGHUP and returns without waiting.
func (p *Process) Hangup() error { return ignoreEnded(p.cmd.Process.Signal(syscall.SIGHUP)) }

// Kill sends SIGKILL and waits for the exit.
func (p *Process) Kill() error {
	err := ignoreEnded(p.cmd.Process.Kill())
	<-p.done
	return err
}

// Stop sends SIGTERM and waits. If the process doesn't exit within grace, Stop kills it and returns
// an error.
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
		return errors.Join(fmt.Errorf("%s did not exit within %s of SIGTERM and was killed; its last log lines:\n%s", p.name, grace, p.Tail(tailLines)), p.Kill())
	}
}

func ignoreEnded(err error) error {
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// Tail returns the last lines of the log, or the error of reading it.
func (p *Process) Tail(lines int) string {
	content, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimRight(string(content), "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
