package server

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
)

// runPlain serves /, which answers at once, and /wait, which answers when the test ends.
func runPlain(t *testing.T) (address string) {
	t.Helper()
	wait, done := make(chan struct{}), make(chan error)
	plain, err := NewPlain(t.Context(), "127.0.0.1:0", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/wait" {
			<-wait
		}
		_, _ = io.WriteString(w, "ok")
	}), time.Second, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	go func() { done <- plain.Start(ctx) }()
	t.Cleanup(func() {
		close(wait)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return plain.listener.Addr().String()
}

// Whoever has many connections, with requests or without, keeps nobody else out.
func TestPlainLetsOthersIn(t *testing.T) {
	for name, text := range map[string]string{"silent": "", "a header without end": "GET / HTTP/1.1\r\nX: x", "requests": "POST /wait HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"} {
		t.Run(name, func(t *testing.T) {
			address := runPlain(t)
			var many []net.Conn
			for range 5 * plainConnections {
				many = append(many, dial(t, address, "127.0.0.1"))
				_, _ = io.WriteString(many[len(many)-1], text)
			}
			if answer, err := ask(dial(t, address, "127.0.0.2"), "/"); answer != "ok" || err != nil {
				t.Errorf("another client got %q, %v", answer, err)
			}
			left := 0
			for _, connection := range many {
				if open(connection) {
					left++
				}
			}
			if left >= plainConnections {
				t.Errorf("%d connections are left", left)
			}
		})
	}
}

func TestPlainHeaderIsBounded(t *testing.T) {
	connection := dial(t, runPlain(t), "127.0.0.1")
	if _, err := fmt.Fprintf(connection, "GET / HTTP/1.1\r\nHost: x\r\nX: %s\r\n\r\n", strings.Repeat("x", 3*plainHeader)); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(connection).ReadString('\n'); err != nil || !strings.Contains(line, "431") {
		t.Errorf("have %q, %v", line, err)
	}
}
