package certs

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestBundle(t *testing.T) {
	start := time.Unix(0, 0)
	day := 24 * time.Hour
	type step struct {
		after time.Duration
		ca    string
	}
	for _, test := range []struct {
		name  string
		steps []step
		at    time.Duration
		want  string
	}{
		{"empty", nil, 0, ""},
		{"one", []step{{0, "A\n"}}, 365 * day, "A\n"},
		{"a line of its own each", []step{{0, "A"}, {day, "B"}}, day, "B\nA\n"},
		{"the old stays for the life of a leaf", []step{{0, "A"}, {day, "B"}}, 8*day - 1, "B\nA\n"},
		{"and not longer", []step{{0, "A"}, {day, "B"}}, 8 * day, "B\n"},
		{"the same again changes nothing", []step{{0, "A"}, {day, "B"}, {2 * day, "B"}}, 8*day - 1, "B\nA\n"},
		{"back to the old", []step{{0, "A"}, {day, "B"}, {2 * day, "A"}}, 2 * day, "A\nB\n"},
		{"latest first", []step{{0, "A"}, {1, "B"}, {2, "C"}}, 3, "C\nB\nA\n"},
		{"bounded", []step{{0, "A"}, {1, "B"}, {2, "C"}, {3, "D"}, {4, "E"}, {5, "F"}}, 6, "F\nE\nD\nC\nB\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var b bundle
			for _, step := range test.steps {
				b.update([]byte(step.ca), start.Add(step.after))
			}
			if got := string(b.pem(start.Add(test.at))); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// The current CA comes first, none comes twice, and the one before is there as long as its leaves
// may be.
func TestBundleLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b bundle
		now := time.Unix(0, 0)
		last, before, replaced := "", "", now
		for range rapid.IntRange(1, 20).Draw(t, "updates") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(leafDuration)).Draw(t, "wait")))
			ca := fmt.Sprintf("CA%d", rapid.IntRange(0, 6).Draw(t, "ca"))
			if ca != last {
				last, before, replaced = ca, last, now
			}
			b.update([]byte(ca), now)
			got := strings.Fields(string(b.pem(now)))
			if got[0] != last {
				t.Fatalf("%v doesn't start with %s", got, last)
			}
			if before != "" && slices.Contains(got, before) != (now.Sub(replaced) < leafDuration) {
				t.Fatalf("%v: %s was replaced %s ago", got, before, now.Sub(replaced))
			}
			slices.Sort(got)
			if len(slices.Compact(slices.Clone(got))) != len(got) || len(got) > maxFormer+1 {
				t.Fatalf("too much: %v", got)
			}
		}
	})
}

func TestUpdateFrom(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	for _, test := range []struct {
		name     string
		before   string // current an hour ago, "" for none
		former   string
		replaced time.Time
		want     string
		settled  string // with a delay of a minute
	}{
		{"first of all", "", "", time.Time{}, "B\n", "B"},
		{"a process that starts just after", "", "A", now.Add(-time.Second), "B\nA\n", "A"},
		{"a process that starts long after", "", "A", now.Add(-time.Hour), "B\nA\n", "B"},
		{"a process that starts a week after", "", "A", now.Add(-leafDuration), "B\n", "B"},
		{"a process that runs", "A", "A", now.Add(-time.Second), "B\nA\n", "A"},
		{"a process that missed one", "0", "A", now.Add(-time.Second), "B\nA\n0\n", "A"},
		{"the other replica's clock is ahead", "A", "A", now.Add(time.Hour), "B\nA\n", "A"},
		{"an old Secret was restored", "A", "0", now.Add(-2 * leafDuration), "B\nA\n", "A"},
		{"nothing new", "B", "A", now.Add(-time.Second), "B\n", "B"},
		{"what was before is unknown", "A", "", time.Time{}, "B\nA\n", "A"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var b bundle
			if test.before != "" {
				b.update([]byte(test.before), now.Add(-time.Hour))
			}
			b.updateFrom([]byte(test.former), []byte("B"), test.replaced, now)
			if got := string(b.pem(now)); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if got := string(b.settled(time.Minute, now)); got != test.settled {
				t.Errorf("settled is %q, want %q", got, test.settled)
			}
			if got := string(b.settled(time.Minute, now.Add(time.Minute))); got != "B" {
				t.Errorf("after the delay %q is settled", got)
			}
		})
	}
}
