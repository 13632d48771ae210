package review_test

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"fargate-webhook/review"
)

// deployments returns so many Deployments of one namespace.
func deployments(count int) string {
	var text strings.Builder
	for i := range count {
		fmt.Fprintf(&text, `---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-%d
  namespace: default
  labels: {app: web-%[1]d}
spec:
  replicas: 2
  selector:
    matchLabels: {app: web-%[1]d}
  template:
    metadata:
      labels: {app: web-%[1]d}
    spec:
      containers:
      - name: app
        image: registry.example/web:1.%[1]d
        ports: [{containerPort: 8080}]
        env: [{name: MODE, value: production}]
        resources: {requests: {cpu: 250m, memory: 512Mi}}
`, i)
	}
	return text.String()
}

func sourceOf(text string) []review.Source {
	return []review.Source{{Name: "in.yaml", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}}
}

// Of each object some hundred bytes are kept, whatever is in it: a third of its text.
func TestMemoryDoesNotGrow(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	live := func(count int) (bytes int64) {
		text := deployments(count)
		reviewer := newReviewer(t)
		seen := 0
		if _, err := reviewer.Stream(sourceOf(text), func(items []review.Item) error {
			if seen += len(items); seen == count { // with the last ones
				var stats runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&stats)
				bytes = int64(stats.HeapAlloc)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		runtime.KeepAlive(text)
		return bytes - int64(len(text))
	}
	few, many := live(1000), live(5000)
	if each := (many - few) / 4000; each > 1200 {
		t.Errorf("%d bytes are kept of an object", each)
	}
}

// What can't be kept in a file is kept in memory.
func TestStreamWithoutTemporaryFile(t *testing.T) {
	t.Setenv("TMPDIR", "/nowhere")
	report, problems := newReviewer(t).Sources(sourceOf(deployments(3000)))
	if len(problems) > 0 || len(report.Items) != 3000 || report.Items[2999].Name != "web-2999" {
		t.Errorf("%d items, %v", len(report.Items), problems)
	}
}

// Deployments a second are the objects by the time that one takes.
func BenchmarkStream(b *testing.B) {
	for _, count := range []int{1000, 10000} {
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			sources := sourceOf(deployments(count))
			reviewer := withPrices(b)
			for b.Loop() {
				if _, err := reviewer.Stream(sources, func([]review.Item) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(count*b.N)/b.Elapsed().Seconds(), "objects/s")
		})
	}
}
