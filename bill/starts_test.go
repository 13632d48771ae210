package bill

import (
	"testing"

	"pgregory.net/rapid"
)

func TestStarts(t *testing.T) {
	const hours = 3600
	for name, c := range map[string]struct {
		schedule      string
		seconds, want int64
	}{
		"hourly, for no time":   {"0 * * * *", 0, 0},
		"hourly":                {"0 * * * *", hours, 1},
		"hourly, and a bit":     {"0 * * * *", hours + 1, 2},
		"two in a row":          {"0,1 * * * *", 10 * 60, 2},
		"two, around midnight":  {"59 23,0 * * *", 2 * hours, 2},
		"daily, for three days": {"0 3 * * *", 72 * hours, 3},
		"every 90 seconds":      {"@every 90s", 180, 2},
		"an interval":           {"@every 90s", 181, 3},
	} {
		starts, err := StartsOf(c.schedule)
		if err != nil {
			t.Fatal(err)
		}
		if got := starts(c.seconds); got != c.want {
			t.Errorf("%s: have %d, want %d", name, got, c.want)
		}
	}
	if _, err := StartsOf("hourly"); err == nil {
		t.Error("a broken schedule has starts")
	}
}

// More time never has fewer starts, and a month no fewer than runs.
func TestLawStartsRise(t *testing.T) {
	schedules := rapid.SampledFrom([]string{"* * * * *", "0 3 * * *", "5,6 */6 * * 1", "0 0 31 2 *", "@every 7h", "*/59 9-17 1 * *"})
	rapid.Check(t, func(t *rapid.T) {
		schedule := schedules.Draw(t, "schedule")
		starts, err := StartsOf(schedule)
		runs, _ := RunsOf(schedule)
		a := rapid.Int64Range(0, 1<<40).Draw(t, "seconds")
		b := rapid.Int64Range(a, 1<<41).Draw(t, "more seconds")
		if err != nil || starts(a) > starts(b) || starts(sevenYears) < int64(runs) {
			t.Fatalf("%s: %d starts in %d seconds, %d in %d, %v", schedule, starts(a), a, starts(b), b, err)
		}
	})
}
