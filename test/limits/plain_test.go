//go:build linux

package limits

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestPlainPorts: whoever opens connections to the ports of metrics and probes, sends headers
// without end, or asks and never reads, costs little memory, and others are answered.
func TestPlainPorts(t *testing.T) {
	program := built(t)
	for name, text := range map[string]string{
		"long headers":    "GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 1_000_000),
		"unread answers":  strings.Repeat("GET /metrics HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n", 200),
		"verbose answers": strings.Repeat("GET /readyz?verbose HTTP/1.1\r\nHost: x\r\n\r\n", 2_000),
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t, program)
			base := figure(t, p.Resident)
			for _, address := range []string{p.metrics, p.probes} {
				ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
				for range 400 {
					floodPlain(ctx, t, address, text)
				}
				stop()
			}
			for _, url := range []string{"http://" + p.metrics + "/metrics", "http://" + p.probes + "/healthz", "http://" + p.probes + "/readyz"} {
				if err := askPlain(t, url); err != nil {
					t.Error(err)
				}
			}
			if err := p.Running(); err != nil {
				t.Fatal(err)
			}
			more := figure(t, p.Peak) - base
			t.Logf("%.0f MiB more", more)
			if more > mostMemory {
				t.Errorf("it took %.0f MiB", more)
			}
		})
	}
}

// floodPlain opens a connection that stays open until the test ends, and sends a text on it, as far
// as that is taken.
func floodPlain(ctx context.Context, t *testing.T, address, text string) {
	t.Helper()
	connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return // there are enough
	}
	t.Cleanup(func() { _ = connection.Close() })
	_ = connection.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
	_, _ = io.WriteString(connection, text)
}

// askPlain asks until it gets an answer: a connection of another client may be closed for the
// attacker's, and the kubelet asks again too.
func askPlain(t *testing.T, url string) error {
	t.Helper()
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	var err error
	for range 10 {
		var request *http.Request
		request, err = http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
		if err != nil {
			return err
		}
		var response *http.Response
		response, err = client.Do(request)
		if err != nil {
			continue
		}
		_ = response.Body.Close()
		if response.StatusCode == http.StatusOK {
			return nil
		}
		err = fmt.Errorf("%s: status %d", url, response.StatusCode)
	}
	return err
}
