package webhook

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/zap"

	"fargate-webhook/policy"
	"fargate-webhook/webhook/audit"
	"fargate-webhook/webhook/audit/audittest"
)

// Refusals at the same time, as fast as they are answered, leave a line each while the log is
// rotated: none is lost, and none mixed with another. With SOAK=1 there are a million of them.
func TestMillionRefusals(t *testing.T) {
	count := 4_000
	if os.Getenv("SOAK") != "" {
		count = 1_000_000
	}
	folder := t.TempDir()
	log, err := audit.Open(audit.Options{Path: filepath.Join(folder, "audit.log"), MaxSize: 1})
	if err != nil {
		t.Fatal(err)
	}
	handler := Handlers(Dependencies{Profiles: testProfiles(t), Policy: policy.Default(), Audit: log, Logger: zap.NewNop()})[validatePods]
	before, after, ok := strings.Cut(readFile(t, "testdata/validate/pod-broken-pin/request.json"), "validate-pod-broken-pin")
	if !ok {
		t.Fatal("the request has another uid")
	}
	var next atomic.Int64
	var running sync.WaitGroup
	began := time.Now()
	for range 16 {
		running.Go(func() {
			for i := next.Add(1); i <= int64(count); i = next.Add(1) {
				r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, validatePods, strings.NewReader(before+fmt.Sprintf("%07d", i-1)+after))
				r.Header.Set("Content-Type", "application/json")
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, r)
				if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"allowed":false`) {
					t.Errorf("%d: %s", w.Code, w.Body)
				}
			}
		})
	}
	running.Wait()
	took := time.Since(began)
	if err := log.Close(); err != nil {
		t.Error(err)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(files) < 2 {
		t.Errorf("the files are %v: %v", files, err)
	}
	lines := 0
	seen := make([]bool, count)
	for _, file := range files {
		for line := range bytes.Lines([]byte(readFile(t, file))) {
			number := -1
			if _, rest, ok := bytes.Cut(line, []byte(`"uid":"`)); ok {
				_, _ = fmt.Sscanf(string(rest[:7]), "%07d", &number)
			}
			if number < 0 || number >= count || seen[number] || !bytes.HasSuffix(line, []byte("}]}\n")) {
				t.Fatalf("%s: a line twice, or mixed: %q", file, line)
			}
			seen[number] = true
			if lines++; lines%1000 == 0 {
				if err := audittest.Validate(line); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	var dropped float64
	for _, reason := range audit.Reasons() {
		dropped += testutil.ToFloat64(log.Metrics().Dropped(reason))
	}
	if lines != count || dropped != 0 {
		t.Errorf("%d of %d lines are there, and %v were dropped", lines, count, dropped)
	}
	t.Logf("%d refusals in %v, %d files, %v dropped", lines, took, len(files), dropped)
}
