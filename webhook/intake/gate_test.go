package intake

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sync/semaphore"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testGate returns a gate with room for two small bodies and one large one, and how long it waits.
func testGate(wait time.Duration) *Gate {
	g := NewGate(Limits{SmallBodies: 2 * smallBody, LargeBodies: MaxBody, SmallDecoded: smallDecoded, LargeAtOnce: 1})
	g.wait, g.small.wait, g.large.wait = wait, wait, wait
	return g
}

// serve answers with what the gate says of the body.
func serve(t *testing.T, g *Gate, inside func()) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		visit := g.Enter()
		defer visit.Leave()
		body, err := visit.Read(w, r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		inside()
		_, _ = fmt.Fprintf(w, "%d", len(body))
	}))
	t.Cleanup(server.Close)
	return server
}

// slowly begins a request that claims a body and sends nothing of it, and returns its connection.
func slowly(t *testing.T, server *httptest.Server, size int) net.Conn {
	t.Helper()
	connection, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	if _, err := fmt.Fprintf(connection, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", size); err != nil {
		t.Fatal(err)
	}
	// The server says it when the handler begins to read.
	if line := make([]byte, len("HTTP/1.1 100 Continue\r\n\r\n")); func() bool { _, err := io.ReadFull(connection, line); return err != nil }() {
		t.Fatalf("have %q", line)
	}
	return connection
}

func post(t *testing.T, server *httptest.Server, body io.Reader) (int, string) {
	t.Helper()
	response, err := http.Post(server.URL, "application/json", body)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // read to its end
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(answer)
}

// Bodies that are sent slowly give way to others, the oldest first, whatever they claim.
func TestSlowBodiesGiveWay(t *testing.T) {
	server := serve(t, testGate(time.Minute), func() {})
	first := slowly(t, server, smallBody)
	second := slowly(t, server, smallBody)
	for range 3 {
		if code, answer := post(t, server, bytes.NewReader(make([]byte, smallBody))); code != http.StatusOK || answer != fmt.Sprint(smallBody) {
			t.Fatalf("status %d: %s", code, answer)
		}
	}
	if answer, err := io.ReadAll(first); err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 503 ") || !strings.Contains(string(answer), "too many requests in flight") {
		t.Errorf("the first got %v, %q", err, answer)
	}
	// The second had no need to go.
	if _, err := second.Write(make([]byte, smallBody)); err != nil {
		t.Fatal(err)
	}
	if answer := make([]byte, len("HTTP/1.1 200 OK")); func() bool { _, err := io.ReadFull(second, answer); return err != nil }() || string(answer) != "HTTP/1.1 200 OK" {
		t.Errorf("the second got %q", answer)
	}
}

// Large bodies take no room of small ones.
func TestLargeBodiesDontBlockSmallOnes(t *testing.T) {
	server := serve(t, testGate(time.Minute), func() {})
	slowly(t, server, MaxBody)
	if code, answer := post(t, server, strings.NewReader("{}")); code != http.StatusOK || answer != "2" {
		t.Errorf("status %d: %s", code, answer)
	}
}

// Bodies that have arrived don't give way: who comes is turned away after a while.
func TestTurnedAway(t *testing.T) {
	reached, end := make(chan struct{}, 2), make(chan struct{})
	server := serve(t, testGate(10*time.Millisecond), func() { reached <- struct{}{}; <-end })
	done := make(chan int, 2)
	for range 2 {
		go func() {
			response, err := http.Post(server.URL, "application/json", bytes.NewReader(make([]byte, smallBody)))
			if err != nil {
				done <- 0
				return
			}
			_ = response.Body.Close()
			done <- response.StatusCode
		}()
		<-reached
	}
	if code, answer := post(t, server, bytes.NewReader(make([]byte, smallBody))); code != http.StatusServiceUnavailable {
		t.Errorf("status %d: %s", code, answer)
	}
	close(end)
	for range 2 {
		if code := <-done; code != http.StatusOK {
			t.Errorf("status %d", code)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestReadErrors(t *testing.T) {
	g := testGate(time.Second)
	for name, c := range map[string]struct {
		length int64
		body   io.Reader
		want   string
	}{
		"too large":          {MaxBody + 1, strings.NewReader(""), "http: request body too large"},
		"too large, unknown": {-1, bytes.NewReader(make([]byte, MaxBody+1)), "http: request body too large"},
		"ends early":         {10, strings.NewReader("123"), "unexpected EOF"},
		"nothing comes":      {10, strings.NewReader(""), "unexpected EOF"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", c.body)
		r.ContentLength = c.length
		visit := g.Enter()
		if _, err := visit.Read(httptest.NewRecorder(), r); err == nil || err.Error() != c.want {
			t.Errorf("%s: have %v", name, err)
		}
		visit.Leave()
	}
	if !g.small.budget.TryAcquire(g.small.capacity) || !g.large.budget.TryAcquire(g.large.capacity) {
		t.Error("a place is still taken")
	}
}

type panickingReader struct{}

func (panickingReader) Read([]byte) (int, error) { panic("read") }

// A body whose reading panics keeps no place, and isn't asked to give way any more.
func TestPanicWhileReading(t *testing.T) {
	g := testGate(time.Second)
	func() {
		defer func() { _ = recover() }()
		visit := g.Enter()
		defer visit.Leave()
		_, _ = visit.Read(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", panickingReader{}))
	}()
	if len(g.small.reading) > 0 || len(g.large.reading) > 0 || !g.large.budget.TryAcquire(g.large.capacity) {
		t.Error("a place is still taken")
	}
}

// A turn is of a small body, or of a large one; a small body that becomes large is a large one.
func TestTurns(t *testing.T) {
	g := testGate(10 * time.Millisecond)
	scan := func(memory int) func([]byte) (int, error) {
		return func([]byte) (int, error) { return memory, nil }
	}
	small, large := make([]byte, 10), make([]byte, smallBody+1)
	turn := func(body []byte, memory int) (leave func(), stage Stage) {
		t.Helper()
		visit := g.Enter()
		err := visit.Turn(t.Context(), body, scan(memory))
		busy := (*BusyError)(nil)
		if err != nil && !errors.As(err, &busy) {
			t.Fatal(err)
		}
		if err != nil {
			return nil, busy.Stage
		}
		return visit.Leave, ""
	}
	leaveLarge, _ := turn(large, 1)
	if _, stage := turn(large, 1); stage != LargeTurn {
		t.Errorf("a second large body: %q", stage)
	}
	if _, stage := turn(small, smallDecoded+1); stage != LargeTurn {
		t.Errorf("a small body that takes much: %q", stage)
	}
	leaveSmall, stage := turn(small, smallDecoded)
	if stage != "" {
		t.Fatalf("a small body beside a large one: %q", stage)
	}
	if _, stage := turn(small, 1); stage != SmallTurn {
		t.Errorf("a second small body: %q", stage)
	}
	leaveSmall()
	leaveLarge()
	g.wait = time.Minute // for the rest after a large body
	failed := errors.New("scan failed")
	for _, body := range [][]byte{small, large} {
		visit := g.Enter()
		if err := visit.Turn(t.Context(), body, func([]byte) (int, error) { return 0, failed }); !errors.Is(err, failed) {
			t.Errorf("have %v", err)
		}
		visit.Leave()
	}
	for _, s := range []struct {
		budget *semaphore.Weighted
		all    int64
	}{{g.decoded, g.limits.SmallDecoded}, {g.turns, 1}} {
		if err := acquire(t.Context(), s.budget, s.all, time.Minute, ""); err != nil {
			t.Error("a turn is never given back")
		}
	}
}
