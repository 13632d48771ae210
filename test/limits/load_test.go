//go:build linux

package limits

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"fargate-webhook/kinds"
	"fargate-webhook/test/limits/evil"
	"fargate-webhook/test/rate"
)

// load is what the program has to bear.
type load struct {
	duration time.Duration
	// idle connections say nothing, and loris ones send a header or a body slowly.
	idle, loris int
	// large is how many clients send bodies of 3 MB all the time.
	large int
	// good requests come at this rate a second.
	good int
	// p99 is the time that 99 of 100 of these may take, 0 for any.
	p99 time.Duration
}

// theLoad returns what `make soak` tests, or else less: other tests run at the same time, and none
// of them may depend on the clock.
func theLoad() load {
	if os.Getenv("SOAK") != "" {
		return load{duration: time.Minute, idle: 10_000, loris: 200, large: 100, good: 200, p99: 250 * time.Millisecond}
	}
	return load{duration: 5 * time.Second, idle: 1_000, loris: 50, large: 20, good: 50}
}

// TestLoad: with 256 MiB, no good request fails, whatever else comes.
func TestLoad(t *testing.T) {
	l := theLoad()
	raiseOpenFiles(t, uint64(l.idle+2_000))
	group := newCgroup(t)
	p := startIn(t, built(t), group)
	body := review("CREATE", "pods", "", "v1", "Pod", evil.WithSpec(kinds.Pods, `{"containers":[{"name":"web","image":"web","args":["`+strings.Repeat("x", 2_000_000)+`"],"env":[`+evil.Many(20_000, `{"name":"VARIABLE_%d","value":"some value of it"}`)+`]}]}`), "null")
	ctx, stop := context.WithTimeout(t.Context(), l.duration)
	defer stop()
	var attackers sync.WaitGroup
	var large tally
	p.attack(ctx, &attackers, l, body, &large)
	took, failed := p.sendGood(ctx, l.good)
	attackers.Wait()
	if err := p.Running(); err != nil {
		t.Fatalf("%v\npeak of the cgroup: %.0f MiB", err, peakOf(group))
	}
	slices.Sort(took)
	at := func(percent int) time.Duration { return took[len(took)*percent/100] }
	t.Logf("%d good requests, p50 %s, p99 %s, slowest %s; 3 MB bodies: %s", len(took), at(50), at(99), took[len(took)-1], &large)
	t.Logf("memory at its peak: %.0f MiB resident, %.0f MiB in the cgroup %q; processor time %s", figure(t, p.Peak), peakOf(group), group, figure(t, p.CPU))
	for _, err := range failed[:min(len(failed), 5)] {
		t.Error(err)
	}
	if len(failed) > 0 {
		t.Errorf("%d of %d good requests failed", len(failed), len(took))
	}
	if peak := figure(t, p.Peak); peak > groupLimit>>20 {
		t.Errorf("%.0f MiB were resident", peak)
	}
	if l.p99 > 0 && at(99) > l.p99 {
		t.Errorf("p99 is %s, want at most %s", at(99), l.p99)
	}
	if want := int(l.duration.Seconds()) * l.good * 8 / 10; l.p99 > 0 && len(took) < want {
		t.Errorf("only %d good requests were sent, want %d: the machine is too busy", len(took), want)
	}
	if l.p99 > 0 && large.answered.Load() == 0 {
		t.Error("no large body was answered")
	}
}

// tally counts answers.
type tally struct{ answered, away, other atomic.Int64 }

func (c *tally) String() string {
	return fmt.Sprintf("%d answered, %d turned away, %d otherwise", c.answered.Load(), c.away.Load(), c.other.Load())
}

// attack begins all but the good requests.
func (p *program) attack(ctx context.Context, wait *sync.WaitGroup, l load, body []byte, count *tally) {
	for range l.large {
		wait.Go(func() {
			client := newClient()
			defer client.CloseIdleConnections()
			for ctx.Err() == nil {
				switch code, _, err := p.post(ctx, client, "/validate/pods", body); {
				case err == nil && code == http.StatusOK:
					count.answered.Add(1)
				case err == nil && code == http.StatusServiceUnavailable:
					count.away.Add(1)
				default:
					count.other.Add(1)
				}
			}
		})
	}
	const headers = "POST /validate/pods HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 200000\r\n\r\n"
	for i := range l.loris {
		wait.Go(func() {
			for ctx.Err() == nil {
				p.drip(ctx, headers, i%2*len(headers))
			}
		})
	}
	wait.Go(func() { p.hold(ctx, l.idle) })
}

// drip opens a connection, sends the first bytes of a text at once, and then one at a time, until
// the server has had enough.
func (p *program) drip(ctx context.Context, text string, first int) {
	plain, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", p.address)
	if err != nil {
		return
	}
	defer plain.Close() //nolint:errcheck // it says nothing more
	stop := context.AfterFunc(ctx, func() { _ = plain.Close() })
	defer stop()
	connection := tls.Client(plain, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12})
	if _, err := io.WriteString(connection, text[:first]); err != nil {
		return
	}
	for _, b := range []byte(text[first:] + strings.Repeat(" ", 1000)) {
		if _, err := connection.Write([]byte{b}); err != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// hold opens connections, of which one in ten with TLS, and keeps them open.
func (p *program) hold(ctx context.Context, n int) {
	var held []net.Conn
	for i := range n {
		plain, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", p.address)
		if err != nil {
			continue
		}
		held = append(held, plain)
		if i%10 == 0 {
			_ = tls.Client(plain, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}).HandshakeContext(ctx) // it may be closed by now
		}
	}
	<-ctx.Done()
	for _, connection := range held {
		_ = connection.Close()
	}
}

// sendGood sends good requests at a rate, and returns how long each took and what failed.
func (p *program) sendGood(ctx context.Context, perSecond int) (took []time.Duration, failed []error) {
	client := newClient()
	defer client.CloseIdleConnections()
	return rate.Send(ctx, perSecond, func(ctx context.Context) error {
		code, answer, err := p.post(ctx, client, "/validate/pods", good())
		if err == nil && code != http.StatusOK {
			err = fmt.Errorf("status %d: %s", code, answer)
		}
		return err
	})
}

// raiseOpenFiles raises the limit of open files of this process.
func raiseOpenFiles(t *testing.T, want uint64) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if limit.Cur >= want {
		return
	}
	limit.Cur, limit.Max = want, max(limit.Max, want)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Skipf("the machine allows too few open files, want %d: %v", want, err)
	}
}
