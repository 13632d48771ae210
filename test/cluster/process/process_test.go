package process

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// envRole makes this test binary run as a parent process instead of running tests.
const envRole = "PROCESS_TEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(envRole) {
	case "parent":
		os.Exit(beParent())
	default:
		goleak.VerifyTestMain(m)
	}
}

// beParent starts a child that sleeps and writes its process ID to the file named by the last
// argument. The test then kills the parent.
func beParent() int {
	file := os.Args[len(os.Args)-1]
	p, err := Start(Command{Path: "/bin/sleep", Args: []string{"600"}, Log: file + ".log"})
	if err != nil {
		return 1
	}
	if err := os.WriteFile(file+".new", []byte(strconv.Itoa(p.cmd.Process.Pid)), 0o600); err != nil {
		return 1
	}
	if err := os.Rename(file+".new", file); err != nil {
		return 1
	}
	<-p.Exited()
	return 0
}

func start(t *testing.T, script string) *Process {
	t.Helper()
	p, err := Start(Command{Path: "/bin/sh", Args: []string{"-c", script}, Log: filepath.Join(t.TempDir(), "log")})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// await polls until the condition holds.
func await(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 10 s: %s", what)
		}
	}
}

func TestExit(t *testing.T) {
	p := start(t, "echo one; echo two >&2; echo three; exit 7")
	if code := p.Code(); code != 7 {
		t.Errorf("exit code %d; want 7", code)
	}
	if got := p.Tail(2); got != "two\nthree" {
		t.Errorf("tail %q; want the last two lines", got)
	}
	err := p.Running()
	if err == nil || !strings.Contains(err.Error(), "sh exited (exit status 7)") || !strings.Contains(err.Error(), "three") {
		t.Errorf("Running: %v", err)
	}
	if err := p.Stop(time.Second); err != nil {
		t.Errorf("Stop after the exit: %v", err)
	}
}

func TestStop(t *testing.T) {
	p := start(t, "trap 'exit 3' TERM; echo ready; while :; do sleep 0.01; done")
	await(t, "the trap is set", func() bool { return p.Tail(1) == "ready" })
	if err := p.Running(); err != nil {
		t.Errorf("Running: %v", err)
	}
	if err := p.Stop(10 * time.Second); err != nil || p.Code() != 3 {
		t.Errorf("Stop: %v, exit code %d; want 3", err, p.Code())
	}
}

func TestStopKills(t *testing.T) {
	p := start(t, "trap '' TERM; echo ready; while :; do sleep 0.01; done")
	await(t, "the trap is set", func() bool { return p.Tail(1) == "ready" })
	if err := p.Stop(50 * time.Millisecond); err == nil || !strings.Contains(err.Error(), "was killed") || p.Code() != -1 {
		t.Errorf("Stop: %v, exit code %d; want an error and -1", err, p.Code())
	}
}

func TestStartFails(t *testing.T) {
	dir := t.TempDir()
	for name, command := range map[string]Command{
		"no program": {Path: filepath.Join(dir, "none"), Log: filepath.Join(dir, "log")},
		"no log":     {Path: "/bin/sh", Log: filepath.Join(dir, "none", "log")},
	} {
		if p, err := Start(command); err == nil {
			t.Errorf("%s: started %v", name, p)
		}
	}
}

func TestOwnProcessGroup(t *testing.T) {
	p := start(t, "sleep 60")
	group, err := syscall.Getpgid(p.cmd.Process.Pid)
	if err != nil || group == syscall.Getpgrp() {
		t.Errorf("group %d, %v; want one other than ours, %d", group, err, syscall.Getpgrp())
	}
	if err := p.Kill(); err != nil {
		t.Error(err)
	}
}

// The child must die when its parent is killed without a chance to clean up.
func TestDiesWithParent(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux kills a child with its parent")
	}
	file := filepath.Join(t.TempDir(), "pid")
	parent := exec.Command(os.Args[0], file)
	parent.Env = append(os.Environ(), envRole+"=parent")
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	await(t, "the child runs", func() bool { _, err := os.Stat(file); return err == nil })
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(string(content))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, 0); err != nil {
		t.Fatalf("the child doesn't run: %v", err)
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := parent.Wait(); err == nil {
		t.Error("the parent was not killed")
	}
	await(t, "the child has died", func() bool { return !alive(pid) })
}

// alive reports whether a process runs. A zombie, which its new parent has not waited for yet, does
// not.
func alive(pid int) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return false
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(state, "Z")
}
