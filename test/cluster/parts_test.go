package cluster

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestAwait(t *testing.T) {
	calls := 0
	err := Await(t.Context(), time.Minute, "three calls were made", func(context.Context) error {
		if calls++; calls < 3 {
			return errors.New("not yet")
		}
		return nil
	})
	if err != nil || calls != 3 {
		t.Errorf("%d calls, %v; want 3", calls, err)
	}
}

func TestAwaitGivesUp(t *testing.T) {
	notYet := errors.New("not yet")
	started := time.Now()
	err := Await(t.Context(), 10*time.Millisecond, "it is done", func(context.Context) error { return notYet })
	if !errors.Is(err, notYet) || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "it is done") {
		t.Errorf("at the deadline: %v", err)
	}
	fatal := errors.New("broken")
	err = Await(t.Context(), time.Hour, "it is done", func(context.Context) error { return fmt.Errorf("it is: %w", Stop(fatal)) })
	if !errors.Is(err, fatal) {
		t.Errorf("after Stop: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = Await(ctx, time.Hour, "it is done", func(context.Context) error { cancel(); return notYet })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("after the context's end: %v", err)
	}
	if took := time.Since(started); took > time.Minute {
		t.Errorf("took %s", took)
	}
}

func TestFreePort(t *testing.T) {
	port, err := FreePort(t.Context())
	if err != nil || port < firstPort || port >= firstPort+portCount {
		t.Fatalf("port %d, %v", port, err)
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(Loopback, strconv.Itoa(port)))
	if err != nil {
		t.Fatalf("port %d is not free: %v", port, err)
	}
	if err := listener.Close(); err != nil {
		t.Error(err)
	}
}

func TestVersion(t *testing.T) {
	for env, want := range map[string]string{"v1.34.4": "v1.34.4", "1.36.1": "v1.36.1"} {
		t.Setenv("CONTROLPLANE_VERSION", env)
		if got, err := Version(); err != nil || got != want {
			t.Errorf("with %q: %q, %v; want %q", env, got, err, want)
		}
	}
	t.Setenv("CONTROLPLANE_VERSION", "")
	got, err := Version()
	if err != nil || !strings.HasPrefix(got, "v1.") {
		t.Errorf("of go.mod: %q, %v", got, err)
	}
	dir, err := BinDir()
	if err != nil || !strings.HasSuffix(dir, filepath.Join("bin", "controlplane", got)) {
		t.Errorf("BinDir %q, %v; want that of %s", dir, err, got)
	}
	t.Chdir(t.TempDir())
	if root, err := Root(); err == nil {
		t.Errorf("found %s outside the repository", root)
	}
}

func TestLastCertificate(t *testing.T) {
	leaf := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("leaf")})
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("authority")})
	if got, err := lastCertificate(append(leaf, authority...)); err != nil || string(got) != string(authority) {
		t.Errorf("%q, %v", got, err)
	}
	for _, unfinished := range []string{"", "-----BEGIN CERT"} {
		if got, err := lastCertificate([]byte(unfinished)); err == nil {
			t.Errorf("of %q: %q", unfinished, got)
		}
	}
}

func TestTooLongSocket(t *testing.T) {
	deep := filepath.Join(t.TempDir(), strings.Repeat("d", longestSocket))
	if err := os.Mkdir(deep, 0o700); err != nil {
		t.Fatal(err)
	}
	c := &Cluster{dir: deep}
	if err := c.startAPIServer(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "TMPDIR") {
		t.Errorf("%v; want advice on TMPDIR", err)
	}
}
