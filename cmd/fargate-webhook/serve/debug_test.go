package serve

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
)

// A PUT changes what is logged, from then on.
func TestLogLevelChanges(t *testing.T) {
	level := levelOf("info")
	var out strings.Builder
	logger := newLogger(level, &out)
	serving := httptest.NewServer(debugHandler(level))
	defer serving.Close()
	logger.Debug("one")
	for body, want := range map[string]int{`{"level":"loud"}`: http.StatusBadRequest, `{"level":"debug"}`: http.StatusOK} {
		if code, _ := request(t, http.MethodPut, serving.URL+"/debug/log-level", body); code != want {
			t.Errorf("PUT %s: status %d, want %d", body, code, want)
		}
	}
	logger.Debug("two")
	if text := out.String(); strings.Contains(text, "one") || !strings.Contains(text, "two") {
		t.Errorf("logged %q", text)
	}
	if code, body := request(t, http.MethodGet, serving.URL+"/debug/log-level", ""); code != http.StatusOK || !strings.Contains(body, "debug") {
		t.Errorf("status %d: %s", code, body)
	}
}

// A profile may take longer than the server that serves it lets other answers take.
func TestProfiles(t *testing.T) {
	serving := httptest.NewUnstartedServer(debugHandler(zap.NewAtomicLevel()))
	serving.Config.WriteTimeout = 100 * time.Millisecond
	serving.Start()
	defer serving.Close()
	for path, want := range map[string]string{
		"": "heap", "heap?debug=1": "heap profile", "goroutine?debug=1": "goroutine profile", "profile?seconds=1": "\x1f\x8b", "trace?seconds=1": "go 1",
	} {
		if code, body := request(t, http.MethodGet, serving.URL+"/debug/pprof/"+path, ""); code != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("/debug/pprof/%s: status %d, %.80q", path, code, body)
		}
	}
}

// Nobody else reaches the port, and without an address there is none.
func TestDebugAddress(t *testing.T) {
	for address, want := range map[string]bool{
		"": true, "0": true, "127.0.0.1:6060": true, "[::1]:6060": true,
		":6060": false, "0.0.0.0:6060": false, "10.0.0.1:6060": false, "[::]:6060": false, "localhost:6060": false, "127.0.0.1": false, "127.0.0.1:x": false,
	} {
		if err := checkDebugAddr(address); (err == nil) != want {
			t.Errorf("%q: %v", address, err)
		}
	}
	if ports, err := newPort(t.Context(), "debug", "", nil, zap.NewNop()); len(ports) > 0 || err != nil {
		t.Errorf("%v, %v", ports, err)
	}
}

func request(t *testing.T, method, url, body string) (code int, answer string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it was read
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}
