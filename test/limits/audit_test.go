package limits

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// refused returns the review of a pod that is refused, by a user with so many groups that its audit line
// has more than 15 KB.
func refused() []byte {
	pod := `{"metadata":{"generateName":"web-"},"spec":{"containers":[{"name":"web","image":"web","securityContext":{"privileged":true}}]}}`
	groups := `"userInfo":{"groups":["` + strings.Repeat(strings.Repeat("g", 100)+`","`, 155) + `last"],`
	return bytes.Replace(review("CREATE", "pods", "", "v1", "Pod", pod, "null"), []byte(`"userInfo":{`), []byte(groups), 1)
}

// Whatever becomes of the audit log, requests are answered, and the program ends when it is asked to.
func TestStuckAuditLog(t *testing.T) {
	path := built(t)
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	toPipe := []string{"/bin/sh", "-c", `exec "$@" >"$0"`, pipe}
	for name, c := range map[string]struct {
		by     []string
		log    string
		reader int // how the pipe is opened; it is never read
		closed bool
		reason string
	}{
		"standard output isn't read": {toPipe, "-", os.O_RDWR, false, "blocked"},
		"standard output is closed":  {toPipe, "-", os.O_RDONLY | syscall.O_NONBLOCK, true, "write-failed"},
		"a pipe without a reader":    {nil, pipe, 0, false, "blocked"},
		"a full disk":                {nil, "/dev/full", 0, false, "write-failed"},
	} {
		t.Run(name, func(t *testing.T) {
			var reader *os.File
			if c.reader != 0 {
				var err error
				if reader, err = os.OpenFile(pipe, c.reader, 0); err != nil {
					t.Fatal(err)
				}
				defer reader.Close() //nolint:errcheck // never written to
			}
			p := startBy(t, c.by, os.Environ(), path, "--audit-log-path="+c.log)
			if c.closed {
				if err := reader.Close(); err != nil {
					t.Fatal(err)
				}
			}
			client := newClient()
			defer client.CloseIdleConnections()
			body := refused()
			var slowest time.Duration
			const requests = 600
			began := time.Now()
			for range requests {
				before := time.Now()
				code, answer, err := p.post(t.Context(), client, "/validate/pods", body)
				if err != nil || code != http.StatusOK || !strings.Contains(string(answer), `"allowed":false`) {
					t.Fatalf("%d, %v: %s", code, err, answer)
				}
				slowest = max(slowest, time.Since(before))
			}
			took := time.Since(began)
			dropped := p.dropped(t, c.reason)
			if dropped == 0 {
				t.Errorf("no lines were counted as dropped because of %q", c.reason)
			}
			t.Logf("%d refusals in %v, the slowest in %v; %d lines dropped", requests, took, slowest, dropped)
			before := time.Now()
			if err := p.Stop(15 * time.Second); err != nil {
				t.Error(err)
			}
			log, err := os.ReadFile(p.log)
			if err != nil {
				t.Fatal(err)
			}
			if text := string(log); strings.Count(text, `"audit lines dropped"`)+strings.Count(text, `"audit log write failed`) > 4 || !strings.Contains(text, `"audit log closed with a loss"`) {
				t.Errorf("the log says:\n%s", text)
			}
			t.Logf("stopped in %v", time.Since(before))
		})
	}
}

// dropped returns the number of audit lines that the program counts as dropped.
func (p *program) dropped(t *testing.T, reason string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodGet, "http://"+p.metrics+"/metrics", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // read to its end
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`fargate_webhook_audit_lines_dropped_total\{reason="` + reason + `"\} (\d+)`).FindSubmatch(text)
	if found == nil {
		t.Fatalf("no metric of lines dropped because of %q", reason)
	}
	count, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return count
}
