//go:build linux

package limits

import (
	"bytes"
	"fmt"
	"os"
	"testing"
	"time"
)

const (
	// mostTime is what an answer to an evil body may take, and goodTime the next good one.
	mostTime, goodTime = time.Second, 50 * time.Millisecond
	// mostMemory is what the program may grow by meanwhile, in MiB.
	mostMemory = 64
	// mostText is what an answer, or what it adds to the logs, may have.
	mostText = 128 << 10
)

// spent is what a request took. On a machine with other work the processor time counts: clocks
// then measure that work.
type spent struct{ wall, cpu time.Duration }

func (s spent) exceeds(limit time.Duration) bool {
	const busy = 20
	return s.wall > limit && (s.cpu > limit || s.wall > busy*limit)
}

func (s spent) String() string {
	return fmt.Sprintf("%4d ms (processor %4d ms)", s.wall.Milliseconds(), s.cpu.Milliseconds())
}

// TestEvilBodies: each evil body is answered in little time and memory, and the next good request
// at once. It is refused or answered as a review; that's for other tests.
func TestEvilBodies(t *testing.T) {
	program := built(t)
	p := start(t, program)
	client := newClient()
	defer client.CloseIdleConnections()
	send := func(path string, body []byte) (code int, answer []byte, took spent) {
		before, began := figure(t, p.CPU), time.Now()
		code, answer, err := p.post(t.Context(), client, path, body)
		if err != nil {
			t.Errorf("%s: no answer: %v", path, err)
		}
		return code, answer, spent{time.Since(began), figure(t, p.CPU) - before}
	}
	base := figure(t, p.Resident)
	bodies, worst, slowest := 0, 0.0, time.Duration(0)
	for _, evil := range evilBodies(os.Getenv("SOAK") != "") {
		body := evil.body()
		paths := []string{evil.kind.ValidatePath()}
		if evil.kind.Mutated != nil {
			paths = append(paths, evil.kind.MutatePath())
		}
		for _, path := range paths {
			bodies++
			logs := p.logged(t)
			if err := p.ForgetPeak(); err != nil {
				t.Fatal(err)
			}
			if path == evil.kind.MutatePath() { // labels are added there
				body = bytes.Replace(body, []byte(`"namespace":"apps"`), []byte(`"namespace":"labelled"`), 1)
			}
			code, answer, took := send(path, body)
			more := figure(t, p.Peak) - base
			goodCode, _, next := send("/validate/pods", good())
			logged := p.logged(t) - logs
			row := fmt.Sprintf("%-38s %-36s %5.1f MB: %d in %s, %5.1f MiB, then %d in %s", evil.name, path, float64(len(body))/1e6, code, took, more, goodCode, next)
			t.Log(row)
			if err := p.Running(); err != nil {
				t.Fatalf("%s: %v", row, err)
			}
			if took.exceeds(mostTime) || more > mostMemory || goodCode != 200 || next.exceeds(goodTime) || len(answer) > mostText || logged > mostText || code >= 500 {
				t.Errorf("too much: %s; %d bytes of answer and %d of logs", row, len(answer), logged)
			}
			if more > mostMemory/2 {
				// What it still holds must not count for the next body.
				if err := p.Kill(); err != nil {
					t.Fatal(err)
				}
				p = start(t, program)
				base = figure(t, p.Resident)
			}
			worst, slowest = max(worst, more), max(slowest, min(took.wall, took.cpu))
		}
	}
	t.Logf("%d bodies; at most %.1f MiB and %s", bodies, worst, slowest)
}

// logged returns the bytes that the program has written to its log and its audit log.
func (p *program) logged(t *testing.T) int64 {
	t.Helper()
	var size int64
	for _, path := range []string{p.log, p.auditLog} {
		info, err := os.Stat(path)
		if err == nil {
			size += info.Size()
		} else if !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	return size
}
