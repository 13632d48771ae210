package audit_test

import (
	"encoding/json"
	"fmt"
	"strings"
	gosync "sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"fargate-webhook/webhook/audit"
	"fargate-webhook/webhook/audit/audittest"
)

// foldedLine is what matters of a line that may be folded.
type foldedLine struct {
	Time, Since time.Time
	UID, Owner  string
	Count       int
}

func foldedLines(t rapid.TB, text string) (lines []foldedLine) {
	t.Helper()
	for line := range strings.Lines(text) {
		if len(line) < 10<<10 {
			if err := audittest.Validate([]byte(line)); err != nil {
				t.Fatal(err)
			}
		}
		var got foldedLine
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		got.Count = max(got.Count, 1)
		lines = append(lines, got)
	}
	return lines
}

// taken is a writer whose text is taken while others may write.
type taken struct {
	mu   gosync.Mutex
	text strings.Builder
}

func (w *taken) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

// take returns what was written since the last call.
func (w *taken) take() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	defer w.text.Reset()
	return w.text.String()
}

// The first refusal of an owner is written at once, and others within a minute in one line with their
// count. Other rules, and objects without an owner, have lines of their own.
func TestFold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &taken{}
		log := open(t, audit.Options{Path: "-", Stdout: out, Fold: time.Minute})
		written := func() string {
			synctest.Wait()
			return out.take()
		}
		began := time.Now()
		add := func(uid string, change func(*audit.Line)) {
			line := refusal(uid)
			change(line)
			log.Add(line)
			time.Sleep(time.Second)
		}
		same := func(*audit.Line) {}
		for i := range 5 {
			add(fmt.Sprint(i), same)
		}
		add("rule", func(l *audit.Line) { l.Findings = l.Findings[:1] })
		for range 2 {
			add("bare", func(l *audit.Line) { l.Owner = "" })
		}
		if lines := foldedLines(t, written()); len(lines) != 4 || lines[0].UID != "0" || lines[1].UID != "rule" || lines[3].UID != "bare" {
			t.Errorf("have %+v", lines)
		}
		time.Sleep(time.Minute)
		if lines := foldedLines(t, written()); len(lines) != 1 || lines[0].UID != "4" || lines[0].Count != 4 ||
			!lines[0].Since.Equal(began.Add(time.Second)) || !lines[0].Time.Equal(began.Add(4*time.Second)) {
			t.Errorf("after a minute: %+v", lines)
		}
		// The owner went on, so its window does. One line is written as it is.
		add("5", same)
		if lines := written(); lines != "" {
			t.Errorf("in the second window: %s", lines)
		}
		time.Sleep(time.Minute)
		if lines := written(); strings.Contains(lines, `"count"`) || len(foldedLines(t, lines)) != 1 {
			t.Errorf("after the second window: %s", lines)
		}
		// Nothing came in the third.
		time.Sleep(2 * time.Minute)
		add("6", same)
		if lines := foldedLines(t, written()); len(lines) != 1 || lines[0].UID != "6" {
			t.Errorf("after a pause: %+v", lines)
		}
		add("7", same)
		if err := log.Close(); err != nil {
			t.Error(err)
		}
		if lines := foldedLines(t, written()); len(lines) != 1 || lines[0].UID != "7" {
			t.Errorf("at the end: %+v", lines)
		}
	})
}

// Whatever is folded, the counts of the lines of an owner add up to its refusals, and memory stays
// bounded: with more owners than there is room for, lines are written earlier.
func TestLawFoldLosesNothing(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		synctest.Test(t, func(t *testing.T) {
			var out strings.Builder
			log := open(t, audit.Options{Path: "-", Stdout: &out, Fold: time.Minute})
			want := map[string]int{}
			for range rapid.IntRange(1, 60).Draw(r, "lines") {
				line := refusal("u")
				line.Owner = rapid.SampledFrom([]string{"", "ReplicaSet/a", "ReplicaSet/b", "Job/c", "Job/d"}).Draw(r, "owner")
				line.Findings[0].Message = strings.Repeat("x", rapid.SampledFrom([]int{1, 2, 3, 4, 5, 6, 7, 8, 9, 300 << 10}).Draw(r, "size"))
				line.Time = time.Now()
				log.Add(line)
				want[line.Owner]++
				time.Sleep(time.Duration(rapid.IntRange(0, 90).Draw(r, "pause")) * time.Second)
				synctest.Wait()
			}
			if err := log.Close(); err != nil {
				r.Fatal(err)
			}
			got := map[string]int{}
			for _, line := range foldedLines(r, out.String()) {
				got[line.Owner] += line.Count
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				r.Errorf("counted %v, want %v", got, want)
			}
		})
	})
}
