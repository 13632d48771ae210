package server

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"
	"go.uber.org/zap"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// running is a server that runs.
type running struct {
	*Server
	address string
	stop    context.CancelFunc
	done    chan error
	metrics *Metrics
}

// run runs a server with /ok, which answers at once, and /wait, which answers when wait is closed.
func run(t *testing.T, most int, wait <-chan struct{}) *running {
	t.Helper()
	return runWith(t, most, wait, func(*Options) {})
}

// runWith runs a server with changed options.
func runWith(t *testing.T, most int, wait <-chan struct{}, change func(*Options)) *running {
	t.Helper()
	donor := httptest.NewTLSServer(nil)
	certificate := donor.TLS.Certificates[0]
	donor.Close()
	metrics, err := NewMetrics(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := probe.Addr().String()
	_ = probe.Close()
	_, text, _ := net.SplitHostPort(address)
	port, _ := strconv.Atoi(text)
	options := Options{
		Host: "127.0.0.1", Port: port, Connections: most, DrainTimeout: 5 * time.Second, Logger: zap.NewNop(), Metrics: metrics,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &certificate, nil },
	}
	change(&options)
	s := New(options)
	// The metrics of controller-runtime keep each path once in a process.
	s.Register("/ok", Answering(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })))
	s.Register("/wait", Answering(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-wait
		_, _ = fmt.Fprintf(w, "ok, %v", r.Context().Err())
	})))
	s.Register("/read", Answering(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })))
	if s.StartedChecker()(nil) == nil {
		t.Error("it is started before it is")
	}
	ctx, stop := context.WithCancel(t.Context())
	r := &running{Server: s, address: address, stop: stop, done: make(chan error, 1), metrics: metrics}
	go func() { r.done <- s.Start(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-r.done; err != nil {
			t.Errorf("it ended with %v", err)
		}
	})
	await(t, func() bool { return s.StartedChecker()(nil) == nil })
	return r
}

// await waits for a condition.
func await(t *testing.T, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it never happens")
		}
	}
}

// dial opens a connection from an address of this machine.
func dial(t *testing.T, to, from string) net.Conn {
	t.Helper()
	connection, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}).DialContext(t.Context(), "tcp", to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return connection
}

// secure opens a connection with TLS.
func secure(t *testing.T, to, from string) *tls.Conn {
	t.Helper()
	connection := tls.Client(dial(t, to, from), &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2", "http/1.1"}})
	if err := connection.HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	return connection
}

// ask sends a request on a connection and returns the body of the answer.
func ask(connection net.Conn, path string) (string, error) {
	if _, err := fmt.Fprintf(connection, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", path); err != nil {
		return "", err
	}
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		return "", err
	}
	defer response.Body.Close() //nolint:errcheck // read to its end
	body, err := io.ReadAll(response.Body)
	return string(body), err
}

// open reports that the other end has not closed a connection.
func open(connection net.Conn) bool {
	_ = connection.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	_, err := connection.Read(make([]byte, 1))
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// However many connections are open, a new one gets in, and one that was answered stays.
func TestNewConnectionsGetIn(t *testing.T) {
	s := run(t, 10, nil)
	served := secure(t, s.address, "127.0.0.1")
	if answer, err := ask(served, "/ok"); answer != "ok" || err != nil {
		t.Fatal(answer, err)
	}
	var idle []net.Conn
	for range 100 {
		idle = append(idle, dial(t, s.address, "127.0.0.1"))
	}
	fresh := secure(t, s.address, "127.0.0.1")
	for name, connection := range map[string]net.Conn{"new": fresh, "answered": served} {
		if answer, err := ask(connection, "/ok"); answer != "ok" || err != nil {
			t.Errorf("the %s connection: %q, %v", name, answer, err)
		}
	}
	left := 0
	for _, connection := range idle {
		if open(connection) {
			left++
		}
	}
	if left > 8 || !open(idle[len(idle)-1]) {
		t.Errorf("%d idle connections are left; of these the last one: %t", left, open(idle[len(idle)-1]))
	}
	if got := testutil.ToFloat64(s.metrics.current); got > 10 {
		t.Errorf("%v connections are open", got)
	}
	if got := testutil.ToFloat64(s.metrics.total); got < 92 {
		t.Errorf("%v connections were closed", got)
	}
}

// Who opens many connections closes their own, not those of others who have sent nothing yet.
func TestManyConnectionsCloseTheirOwn(t *testing.T) {
	s := run(t, 10, nil)
	few := []net.Conn{secure(t, s.address, "127.0.0.2"), secure(t, s.address, "127.0.0.3")}
	for range 100 {
		dial(t, s.address, "127.0.0.1")
	}
	await(t, func() bool { return testutil.ToFloat64(s.metrics.total) >= 92 })
	for i, connection := range few {
		if answer, err := ask(connection, "/ok"); answer != "ok" || err != nil {
			t.Errorf("connection %d: %q, %v", i, answer, err)
		}
	}
}

// awaitBusy waits until so many connections have a request.
func awaitBusy(t *testing.T, s *running, want int) {
	t.Helper()
	await(t, func() bool {
		s.connections.mu.Lock()
		defer s.connections.mu.Unlock()
		busy := 0
		for c := range s.connections.open {
			if c.busy {
				busy++
			}
		}
		return busy == want
	})
}

// A connection with a request isn't closed, even if no other is left to close.
func TestRequestsStay(t *testing.T) {
	wait := make(chan struct{})
	s := run(t, 3, wait)
	answers := make(chan string, 3)
	for range 3 {
		connection := secure(t, s.address, "127.0.0.1")
		go func() {
			answer, err := ask(connection, "/wait")
			answers <- fmt.Sprint(answer, err)
		}()
	}
	awaitBusy(t, s, 3)
	if late := dial(t, s.address, "127.0.0.1"); open(late) {
		t.Error("a fourth connection is open")
	}
	close(wait)
	for range 3 {
		if answer := <-answers; answer != "ok, <nil><nil>" {
			t.Errorf("have %q", answer)
		}
	}
}

// Who sends headers without bodies keeps nobody out: after a moment their connections are closed for
// new ones.
func TestHeadersAloneKeepNobodyOut(t *testing.T) {
	s := run(t, 5, nil)
	var silent []net.Conn
	for range 5 {
		connection := secure(t, s.address, "127.0.0.1")
		if _, err := io.WriteString(connection, "POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		silent = append(silent, connection)
	}
	awaitBusy(t, s, 5)
	time.Sleep(bodyGrace + 10*time.Millisecond) // it is the time that is tested
	for i := range 5 {
		if answer, err := ask(secure(t, s.address, "127.0.0.2"), "/ok"); answer != "ok" || err != nil {
			t.Errorf("connection %d: %q, %v", i, answer, err)
		}
	}
	if open(silent[0]) {
		t.Error("the oldest one is still open")
	}
}

// Every step of a request has its time: header, body, answer, and the wait for the next one.
func TestEveryStepHasItsTime(t *testing.T) {
	plain, err := NewPlain(t.Context(), "127.0.0.1:0", nil, time.Second, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	defer plain.listener.Close() //nolint:errcheck // it is never served
	for name, server := range map[string]*http.Server{"webhook": New(Options{Logger: zap.NewNop()}).http(t.Context()), "plain": plain.server} {
		for step, limit := range map[string]time.Duration{"header": server.ReadHeaderTimeout, "body": server.ReadTimeout, "answer": server.WriteTimeout, "idle": server.IdleTimeout} {
			if limit <= 0 || limit > idleTime || step != "idle" && limit > writeTime {
				t.Errorf("%s: %s has %s", name, step, limit)
			}
		}
	}
}

// HTTP/2 isn't spoken, also where a client would.
func TestNoHTTP2(t *testing.T) {
	s := run(t, 10, nil)
	if got := secure(t, s.address, "127.0.0.1").ConnectionState().NegotiatedProtocol; got != "http/1.1" {
		t.Errorf("the protocol is %q", got)
	}
}

// A header that is too long is refused.
func TestHeaderIsBounded(t *testing.T) {
	s := run(t, 10, nil)
	connection := secure(t, s.address, "127.0.0.1")
	if _, err := fmt.Fprintf(connection, "POST /ok HTTP/1.1\r\nHost: x\r\nX: %s\r\n\r\n", strings.Repeat("x", 3*maxHeader)); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(connection).ReadString('\n'); err != nil || !strings.Contains(line, "431") {
		t.Errorf("have %q, %v", line, err)
	}
}

// When the server stops, requests in flight are answered.
func TestStopAnswers(t *testing.T) {
	wait := make(chan struct{})
	s := run(t, 10, wait)
	connection := secure(t, s.address, "127.0.0.1")
	answers := make(chan string)
	go func() {
		answer, err := ask(connection, "/wait")
		answers <- fmt.Sprint(answer, err)
	}()
	awaitBusy(t, s, 1)
	s.stop()
	await(t, func() bool {
		late, err := net.Dial("tcp", s.address)
		if err == nil {
			_ = late.Close()
		}
		return err != nil
	})
	close(wait)
	if answer := <-answers; answer != "ok, <nil><nil>" {
		t.Errorf("have %q", answer)
	}
}

// While the server drains each answer ends its connection, and nothing else does.
func TestDrainingEndsConnections(t *testing.T) {
	draining := make(chan struct{})
	s := runWith(t, 10, nil, func(o *Options) { o.Draining = draining })
	answered := secure(t, s.address, "127.0.0.1")
	exchange := func(connection net.Conn) (header string) {
		t.Helper()
		if _, err := fmt.Fprint(connection, "POST /ok HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		response, err := http.ReadResponse(bufio.NewReader(connection), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close() //nolint:errcheck // read to its end
		if body, err := io.ReadAll(response.Body); string(body) != "ok" || err != nil {
			t.Fatalf("the answer is %q, %v", body, err)
		}
		if response.Close {
			return "close"
		}
		return response.Header.Get("Connection")
	}
	if header := exchange(answered); header != "" {
		t.Errorf("before it drains: Connection: %s", header)
	}
	close(draining)
	if !open(answered) {
		t.Error("an idle connection was closed: a request may have been on its way")
	}
	_ = answered.SetReadDeadline(time.Time{})
	fresh := secure(t, s.address, "127.0.0.1")
	for name, connection := range map[string]net.Conn{"an old connection": answered, "a new one": fresh} {
		if header := exchange(connection); header != "close" {
			t.Errorf("%s while it drains: Connection: %q", name, header)
		}
		await(t, func() bool { return !open(connection) })
	}
}

// TLS 1.2 is the oldest version, and 1.3 the one that is used where a caller has both.
func TestTLSVersions(t *testing.T) {
	s := run(t, 10, nil)
	for _, test := range []struct{ oldest, newest, want uint16 }{
		{tls.VersionTLS10, tls.VersionTLS11, 0},
		{tls.VersionTLS12, tls.VersionTLS12, tls.VersionTLS12},
		{tls.VersionTLS10, tls.VersionTLS13, tls.VersionTLS13},
		{tls.VersionTLS13, tls.VersionTLS13, tls.VersionTLS13},
	} {
		connection := tls.Client(dial(t, s.address, "127.0.0.1"), &tls.Config{InsecureSkipVerify: true, MinVersion: test.oldest, MaxVersion: test.newest})
		err := connection.HandshakeContext(t.Context())
		if got := connection.ConnectionState().Version; got != test.want || (err == nil) != (test.want != 0) {
			t.Errorf("a caller with %s to %s got %s, %v", tls.VersionName(test.oldest), tls.VersionName(test.newest), tls.VersionName(got), err)
		}
	}
}
