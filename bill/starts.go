package bill

import "github.com/robfig/cron/v3"

const (
	minutesOfDay = 24 * 60
	day          = minutesOfDay * minute
)

// StartsOf returns how many runs of a CronJob with this schedule start within so many seconds at
// most. It counts as if it ran on every day.
func StartsOf(schedule string) (func(seconds int64) int64, error) {
	parsed, err := parse(schedule)
	if err != nil {
		return nil, err
	}
	s, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		every := delay(parsed)
		return func(seconds int64) int64 { return sum(max(seconds, 0), every-1) / every }, nil
	}
	at := minutesOf(s)
	return func(seconds int64) int64 {
		seconds = max(seconds, 0)
		rest := (seconds%day + minute - 1) / minute
		return sum(product(seconds/day, int64(len(at))), mostWithin(at, int(rest)))
	}, nil
}

// minutesOf returns the minutes of the day in which it runs, sorted.
func minutesOf(s *cron.SpecSchedule) []int {
	var at []int
	for m := range minutesOfDay {
		if s.Hour&(1<<(m/60)) != 0 && s.Minute&(1<<(m%60)) != 0 {
			at = append(at, m)
		}
	}
	return at
}

// mostWithin returns how many of the minutes of two days in a row are within so many minutes, less
// than a day, at most.
func mostWithin(at []int, minutes int) int64 {
	most, end := 0, 0
	for i, first := range at {
		for end < 2*len(at) && at[end%len(at)]+end/len(at)*minutesOfDay < first+minutes {
			end++
		}
		most = max(most, end-i)
	}
	return int64(most)
}
