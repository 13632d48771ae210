package audit_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	gosync "sync"
	"testing"
	"time"

	"fargate-webhook/webhook/audit"
	"fargate-webhook/webhook/audit/audittest"
)

// Lines of many goroutines that do nothing else, with rotation, are there once and whole, except for
// those that are counted as dropped. With SOAK=1 there are a million of them. TestMillionRefusals of
// the webhook has none dropped.
func TestMillionLines(t *testing.T) {
	count := 20_000
	if os.Getenv("SOAK") != "" {
		count = 1_000_000
	}
	const writers = 50
	folder := t.TempDir()
	log := open(t, audit.Options{Path: filepath.Join(folder, "audit.log"), MaxSize: 5})
	all := numbered(count)
	longest := make([]time.Duration, writers)
	var running gosync.WaitGroup
	began := time.Now()
	for writer := range writers {
		running.Go(func() {
			for i := writer; i < count; i += writers {
				line := refusal(all[i])
				line.Findings[0].Message = strings.Repeat("m", i%300)
				before := time.Now()
				log.Add(line)
				longest[writer] = max(longest[writer], time.Since(before))
			}
		})
	}
	running.Wait()
	added := time.Since(began)
	sync(t, log)
	took := time.Since(began)
	seen := make([]bool, count)
	lines := 0
	for _, name := range names(t, folder) {
		text := []byte(read(t, filepath.Join(folder, name)))
		for line := range bytes.Lines(text) {
			lines++
			_, rest, _ := bytes.Cut(line, []byte(`"uid":"`))
			number := 0
			for _, digit := range rest[:7] {
				number = number*10 + int(digit-'0')
			}
			if number >= count || seen[number] {
				t.Fatalf("%s: a line twice, or mixed: %q", name, line)
			}
			seen[number] = true
			if want := `"message":"` + strings.Repeat("m", number%300) + `"},{"rule":"other","field":"","message":""}]}` + "\n"; !bytes.HasSuffix(line, []byte(want)) {
				t.Fatalf("%s: a line is not whole: %q", name, line)
			}
			if lines%1000 == 0 {
				if err := audittest.Validate(line); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	lost := dropped(log)
	if float64(lines)+lost != float64(count) {
		t.Errorf("%d of %d lines are there, and %v were dropped", lines, count, lost)
	}
	var slowest time.Duration
	for _, each := range longest {
		slowest = max(slowest, each)
	}
	t.Logf("%d lines in %d files, %v dropped: added in %v, written after %v; the slowest was added in %v", lines, len(names(t, folder)), lost, added, took, slowest)
}
