package bill

import (
	"fmt"
	"math/bits"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Runs is how often something runs in a month, in 84ths: the months of seven years.
type Runs int64

const (
	// Once is one run a month.
	Once Runs = 84
	// sevenYears are seven years of 365 days, which is 12 months of 730 hours each. Every day of a
	// year falls once on each day of the week.
	sevenYears = 84 * Month
	// maxSchedule is the longest schedule that is read, in bytes.
	maxSchedule = 1 << 10
)

// times returns how many seconds a month has of runs of so many seconds, rounded up.
func (r Runs) times(seconds int64) int64 {
	high, low := bits.Mul64(uint64(r), uint64(seconds)) //nolint:gosec // neither is negative
	low, carry := bits.Add64(low, uint64(Once-1), 0)
	if high += carry; high >= uint64(Once)/2 {
		return product(int64(r), seconds) // more than 64 bits
	}
	quotient, _ := bits.Div64(high, low, uint64(Once))
	return int64(quotient) //nolint:gosec // high is less than half of the divisor
}

// RunsOf returns how often a CronJob with this schedule runs. In which time zone hardly matters, as
// leap years do: they don't count.
func RunsOf(schedule string) (Runs, error) {
	parsed, err := parse(schedule)
	if err != nil {
		return 0, err
	}
	if s, ok := parsed.(*cron.SpecSchedule); ok {
		return Runs(days(s) * bits.OnesCount64(s.Minute<<1) * bits.OnesCount64(s.Hour<<1)), nil
	}
	return Runs(sevenYears / delay(parsed)), nil
}

// delay returns the seconds between two runs of a schedule without minutes and hours, such as
// "@every 1h".
func delay(s cron.Schedule) int64 {
	if every, ok := s.(cron.ConstantDelaySchedule); ok {
		return int64(max(every.Delay, time.Second) / time.Second)
	}
	return 1
}

// parse reads a schedule as the controller of CronJobs reads it.
func parse(schedule string) (cron.Schedule, error) {
	if len(schedule) > maxSchedule {
		return nil, fmt.Errorf("schedule: must have at most %d bytes", maxSchedule)
	}
	if strings.Contains(schedule, "TZ") { // the parser panics at some of these
		return nil, fmt.Errorf("schedule %q: must not name a time zone: use spec.timeZone", schedule)
	}
	parsed, err := cron.ParseStandard(schedule)
	if err != nil {
		return nil, fmt.Errorf("schedule %q: %w", schedule, err)
	}
	return parsed, nil
}

// star is the bit by which the parser marks a field that doesn't restrict days.
const star = 1 << 63

// days returns on how many days of seven years it runs. Where day of the month and day of the week
// are both restricted, either is enough.
func days(s *cron.SpecSchedule) int {
	count := 0
	for month, length := range [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31} {
		if s.Month&(1<<(month+1)) == 0 {
			continue
		}
		for day := 1; day <= length; day++ {
			for weekday := range 7 {
				of, on := s.Dom&(1<<day) != 0, s.Dow&(1<<weekday) != 0
				if s.Dom&star != 0 || s.Dow&star != 0 {
					of = of && on
				} else {
					of = of || on
				}
				if of {
					count++
				}
			}
		}
	}
	return count
}
