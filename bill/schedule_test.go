package bill

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/robfig/cron/v3"
	"pgregory.net/rapid"
)

func TestRunsOfSchedules(t *testing.T) {
	for schedule, want := range map[string]Runs{
		"* * * * *":        84 * 43800,
		"*/15 * * * *":     84 * 2920,
		"0 * * * *":        84 * 730,
		"0 3 * * *":        7 * 365,
		"0 3 * * 1":        365,
		"0 3 * * 1-5":      5 * 365,
		"0 3 1 * *":        7 * 12,
		"0 3 13 * 5":       7*12 + 365 - 12, // either the 13th or a Friday
		"0 3 */2 * 5":      7*186 + 179,     // odd days, and Fridays on the others
		"0 0 29 2 *":       0,
		"0 0 1 1 *":        7,
		"@hourly":          84 * 730,
		"@daily":           7 * 365,
		"@weekly":          365,
		"@monthly":         84,
		"@yearly":          7,
		"@every 1h":        84 * 730,
		"@every 90m":       84 * 730 * 2 / 3,
		"0 9-17 * jan mon": 9 * 31,
	} {
		if got, err := RunsOf(schedule); err != nil || got != want {
			t.Errorf("%s: have %d, want %d, %v", schedule, got, want, err)
		}
	}
	for _, schedule := range []string{"", "daily", "* * * *", "60 * * * *", "TZ=0", "CRON_TZ=UTC 0 * * * *", "@never", "@every x", strings.Repeat("1,", 1000) + "1 * * * *"} {
		if got, err := RunsOf(schedule); err == nil {
			t.Errorf("%q: have %d runs", schedule, got)
		}
	}
}

// runsByDay counts the runs of seven years that have no leap day and begin on each day of the week.
func runsByDay(t rapid.TB, schedule string) Runs {
	t.Helper()
	parsed, err := cron.ParseStandard(schedule)
	if err != nil {
		t.Fatal(err)
	}
	var runs Runs
	for _, year := range [...]int{2014, 2015, 2018, 2019, 2021, 2022, 2023} {
		end := time.Date(year+1, 1, 1, 0, 0, 0, 0, time.UTC)
		for at := parsed.Next(time.Date(year, 1, 1, 0, 0, -1, 0, time.UTC)); !at.IsZero() && at.Before(end); at = parsed.Next(at) {
			runs++
		}
	}
	return runs
}

// The count of runs is what the parser's own walk through seven years gives.
func TestLawRunsEqualWalk(t *testing.T) {
	fields := func(values ...string) *rapid.Generator[string] { return rapid.SampledFrom(values) }
	rapid.Check(t, func(t *rapid.T) {
		schedule := strings.Join([]string{
			fields("0", "30", "5,35").Draw(t, "minute"),
			fields("0", "3", "*/6", "9-17").Draw(t, "hour"),
			fields("*", "?", "1", "13", "29", "31", "*/2", "1-7", "10,20").Draw(t, "day"),
			fields("*", "2", "feb,apr", "*/3", "1-6").Draw(t, "month"),
			fields("*", "?", "0", "sun", "1-5", "*/2", "6").Draw(t, "weekday"),
		}, " ")
		got, err := RunsOf(schedule)
		if want := runsByDay(t, schedule); err != nil || got != want {
			t.Fatalf("%s: have %d, want %d, %v", schedule, got, want, err)
		}
	})
}

func TestTimes(t *testing.T) {
	for name, c := range map[string]struct {
		runs    Runs
		seconds int64
		want    int64
	}{
		"once":        {Once, 60, 60},
		"rounded up":  {1, 60, 1},
		"weekly":      {365, 84, 365},
		"none":        {0, math.MaxInt64, 0},
		"the largest": {Once, math.MaxInt64, math.MaxInt64},
		"too many":    {84 * 43800, math.MaxInt64, math.MaxInt64},
	} {
		if got := c.runs.times(c.seconds); got != c.want {
			t.Errorf("%s: have %d, want %d", name, got, c.want)
		}
	}
}

// FuzzSchedule checks that no schedule panics or gives more runs than seconds.
func FuzzSchedule(f *testing.F) {
	for _, seed := range []string{"* * * * *", "@every 1s", "TZ=0", "TZ= * * * * *", "0 3 13 * 5", "*/0 * * * *", "1-99999999 * * * *"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, schedule string) {
		if runs, err := RunsOf(schedule); err == nil && (runs < 0 || runs > sevenYears) {
			t.Errorf("%q: %d runs", schedule, runs)
		}
	})
}
