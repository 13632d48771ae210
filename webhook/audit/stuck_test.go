package audit_test

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"fargate-webhook/webhook/audit"
	"fargate-webhook/webhook/audit/audittest"
)

// dropped returns the number of lines that were dropped, for certain reasons or all.
func dropped(log *audit.Log, reasons ...audit.Reason) (total float64) {
	if len(reasons) == 0 {
		reasons = audit.Reasons()
	}
	for _, reason := range reasons {
		total += testutil.ToFloat64(log.Metrics().Dropped(reason))
	}
	return total
}

// gate is a writer that writes only while it is open.
type gate struct {
	lines strings.Builder
	open  chan struct{}
}

func (g *gate) Write(p []byte) (int, error) {
	<-g.open
	return g.lines.Write(p)
}

// A writer that stands still, as a pipe that nobody reads, makes requests wait for a second, and each
// of them 10 milliseconds at most. What has no room is dropped, counted and reported at most once a minute. When the
// writer goes on, all that had room is written.
func TestBlockedWriter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.DebugLevel)
		out := &gate{open: make(chan struct{})}
		log := open(t, audit.Options{Path: "-", Stdout: out, Logger: zap.New(core)})
		began, waited := time.Now(), 0
		const lines = 200 // of 100 KiB
		for _, uid := range numbered(lines) {
			before := time.Now()
			log.Add(big(uid))
			if took := time.Since(before); took > 10*time.Millisecond {
				t.Errorf("a line took %v", took)
			} else if took > 0 {
				waited++
			}
		}
		if took := time.Since(began); took != time.Second || waited != 100 {
			t.Errorf("%d lines took %v, and %d of them waited", lines, took, waited)
		}
		lost := dropped(log, audit.Blocked)
		if lost < lines/2 || lost >= lines || lost != dropped(log) {
			t.Errorf("%v lines were dropped because it blocked, %v in all", lost, dropped(log))
		}
		time.Sleep(90 * time.Second)
		log.Add(big("late"))
		time.Sleep(10 * time.Second)
		if reports := logs.FilterMessage("audit lines dropped").Len(); reports != 2 {
			t.Errorf("%d reports: %v", reports, logs.All())
		}
		close(out.open)
		sync(t, log)
		log.Add(big("again"))
		sync(t, log)
		if got := strings.Count(out.lines.String(), "\n"); float64(got) != lines+2-dropped(log) || !strings.Contains(out.lines.String(), `"uid":"again"`) {
			t.Errorf("%d lines were written, %v dropped", got, dropped(log))
		}
		if err := audittest.Validate([]byte(out.lines.String())); err != nil {
			t.Error(err)
		}
	})
}

// Lines that wait get the room that is made for them, in their order, also when others come.
func TestRoomIsGivenInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &gate{open: make(chan struct{})}
		log := open(t, audit.Options{Path: "-", Stdout: out})
		log.Add(refusal("first"))
		synctest.Wait() // it is being written
		const fill = 40
		for range fill { // 4 MiB hold no more
			log.Add(big("fill"))
		}
		for _, uid := range numbered(3) {
			go log.Add(big(uid))
			synctest.Wait()
		}
		time.Sleep(5 * time.Millisecond)
		close(out.open)
		log.Add(big("late"))
		synctest.Wait()
		sync(t, log)
		if dropped(log) > 0 || strings.Count(out.lines.String(), "\n") != fill+5 {
			t.Errorf("%v lines were dropped, %d written", dropped(log), strings.Count(out.lines.String(), "\n"))
		}
		rest := out.lines.String()
		for _, uid := range append(numbered(3), "late") {
			var found bool
			if _, rest, found = strings.Cut(rest, `"uid":"`+uid+`"`); !found {
				t.Errorf("%s isn't there, or out of turn", uid)
			}
		}
	})
}

// full is a writer that writes so many bytes and then fails, as a full disk does.
type full struct {
	lines strings.Builder
	room  atomic.Int64
}

func (f *full) Write(p []byte) (int, error) {
	n := min(len(p), int(f.room.Load()))
	f.room.Add(int64(-n))
	f.lines.Write(p[:n])
	if n < len(p) {
		return n, syscall.ENOSPC
	}
	return n, nil
}

// When a full disk has room again, what waited is written, the line that was written in part
// included: nothing is lost or mixed but what had no room in memory.
func TestFullDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.DebugLevel)
		out := &full{}
		out.room.Store(150 << 10) // one and a half lines
		log := open(t, audit.Options{Path: "-", Stdout: out, Logger: zap.New(core)})
		const lines = 100 // of 100 KiB
		for _, uid := range numbered(lines) {
			log.Add(big(uid))
		}
		lost := dropped(log, audit.Failed)
		if lost < lines/2 || lost != dropped(log) {
			t.Errorf("%v lines were dropped because writing failed, %v in all", lost, dropped(log))
		}
		time.Sleep(2 * time.Minute)
		out.room.Store(1 << 30)
		sync(t, log)
		time.Sleep(2 * time.Minute)
		if got := strings.Count(out.lines.String(), "\n"); float64(got) != lines-lost {
			t.Errorf("%d lines were written, %v dropped", got, lost)
		}
		if err := audittest.Validate([]byte(out.lines.String())); err != nil {
			t.Error(err)
		}
		if logs.FilterMessage("audit log is written again").Len() != 1 {
			t.Errorf("have %v", logs.All())
		}
	})
}

// At the end what can't be written within a second is given up and counted.
func TestCloseGivesUp(t *testing.T) {
	for name, out := range map[string]io.Writer{"blocked": &gate{open: make(chan struct{})}, "full": &full{}} {
		t.Run(name, func(t *testing.T) {
			log, err := audit.Open(audit.Options{Path: "-", Stdout: out})
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				log.Add(refusal("u"))
			}
			began := time.Now()
			if err := log.Close(); err == nil || !strings.Contains(err.Error(), "3 lines of the audit log could not be written") {
				t.Errorf("have %v", err)
			}
			log.Add(refusal("late"))
			if took := time.Since(began); took > 5*time.Second || dropped(log, audit.Shutdown) != 4 {
				t.Errorf("it took %v, and %v lines were counted", took, dropped(log))
			}
			if g, ok := out.(*gate); ok {
				close(g.open)
			}
		})
	}
}

// A device that is always full, and a pipe that nobody reads or whose reader has gone, block nothing.
func TestDevicesAndPipes(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err == nil {
		log, err := audit.Open(audit.Options{Path: "/dev/full"})
		if err != nil {
			t.Fatal(err)
		}
		log.Add(refusal("u"))
		if err := log.Close(); err == nil {
			t.Error("a full device took a line")
		}
	}
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	log := open(t, audit.Options{Path: path, MaxSize: 1})
	began := time.Now()
	for _, uid := range numbered(200) {
		log.Add(big(uid))
	}
	if took := time.Since(began); took > 5*time.Second || dropped(log) == 0 {
		t.Errorf("without a reader 20 MB took %v, and %v lines were dropped", took, dropped(log))
	}
	reader, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	kept := 200 - int(dropped(log))
	lines := bufio.NewReader(reader)
	for range kept {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			t.Fatal(err)
		}
		if err := audittest.Validate(line); err != nil {
			t.Fatal(err)
		}
	}
	if err := reader.Close(); err != nil {
		t.Error(err)
	}
}

// A pipe whose reader has gone fails, and goes on failing, without harm.
func TestClosedPipe(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	log, err := audit.Open(audit.Options{Path: "-", Stdout: writer})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(reader.Close()); err != nil {
		t.Fatal(err)
	}
	log.Add(refusal("u"))
	if err := log.Close(); err == nil {
		t.Error("a closed pipe took a line")
	}
	if err := writer.Close(); err != nil {
		t.Error(err)
	}
}
