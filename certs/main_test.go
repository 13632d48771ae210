package certs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// run starts a source and returns what ends it and waits for its end.
func run(t *testing.T, log logr.Logger, source Source) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(logr.NewContext(t.Context(), log))
	ended := make(chan error, 1)
	go func() { ended <- source.Start(ctx) }()
	stopped := false
	stop = func() {
		cancel()
		if stopped {
			return
		}
		stopped = true
		if err := <-ended; err != nil {
			t.Errorf("Start: %v", err)
		}
	}
	t.Cleanup(stop)
	return stop
}

// eventually awaits a condition.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-deadline:
			t.Fatalf("still not so: %s", what)
		case <-tick.C:
		}
	}
}

func ready(t *testing.T, source Source) {
	t.Helper()
	eventually(t, "the source is ready", func() bool { return source.Ready() == nil })
}

// handshake makes a TLS connection to what the source serves, as the API server does: it trusts the
// bundle only.
func handshake(t *testing.T, source Source, bundle []byte, serverName string) error {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(bundle) {
		t.Fatalf("no certificate in the bundle %q", bundle)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		accepted, err := listener.Accept()
		if err != nil {
			t.Error(err)
			return
		}
		server := tls.Server(accepted, &tls.Config{GetCertificate: source.GetCertificate, MinVersion: tls.VersionTLS12})
		_ = server.HandshakeContext(t.Context()) // what the client makes of it is what counts
		_ = accepted.Close()
	}()
	dialer := tls.Dialer{Config: &tls.Config{RootCAs: roots, ServerName: serverName, MinVersion: tls.VersionTLS12}}
	connection, err := dialer.DialContext(t.Context(), "tcp", listener.Addr().String())
	if err == nil {
		_ = connection.Close()
	}
	<-served
	return errors.Join(err, listener.Close())
}

func caBundle(t *testing.T, source Source) []byte {
	t.Helper()
	bundle, err := source.CABundle(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := checkBundle(bundle); err != nil {
		t.Fatal(err)
	}
	return bundle
}

// logLines collects what is logged.
type logLines struct {
	mutex sync.Mutex
	text  strings.Builder
}

func (l *logLines) String() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.String()
}

// logger returns a logger that appends to the lines.
func (l *logLines) logger() logr.Logger {
	return funcr.New(func(_, args string) {
		l.mutex.Lock()
		defer l.mutex.Unlock()
		l.text.WriteString(args + "\n")
	}, funcr.Options{})
}

func mustCA(tb testing.TB, now time.Time) *certificateAuthority {
	tb.Helper()
	ca, err := newCA(now)
	if err != nil {
		tb.Fatal(err)
	}
	return ca
}

func put(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestSplitHosts(t *testing.T) {
	names, addresses := splitHosts([]string{"a.b.svc", "127.0.0.1", "localhost", "::1"})
	if len(names) != 2 || names[0] != "a.b.svc" || names[1] != "localhost" {
		t.Errorf("names %v", names)
	}
	if len(addresses) != 2 || !addresses[0].Equal(net.IPv4(127, 0, 0, 1)) || !addresses[1].Equal(net.IPv6loopback) {
		t.Errorf("addresses %v", addresses)
	}
}
