package handlers

import (
	"fmt"
	"runtime"
	"slices"
	"syscall"
	"time"
)

// contender is one of those that are compared.
type contender struct {
	name string
	run  func() error
}

// measured is what one run of a contender takes: the medians of all its turns.
type measured struct {
	cpu            time.Duration
	bytes, mallocs float64
}

// compare has the contenders take turns, in an order that rotates, and returns what each takes. A
// turn lasts about as long as given, by the processor time of this process: garbage collection and
// other threads count too.
func compare(contenders []contender, turns int, lasting time.Duration) ([]measured, error) {
	runs := make([]int, len(contenders))
	for i, c := range contenders {
		took, err := turn(c, 5) // it warms up, too
		if err == nil {
			took, err = turn(c, 15)
		}
		if err != nil {
			return nil, err
		}
		runs[i] = max(20, int(lasting/max(took.cpu, time.Nanosecond)))
	}
	all := make([][]measured, len(contenders))
	for t := range turns {
		for n := range contenders {
			i := (t + n) % len(contenders)
			took, err := turn(contenders[i], runs[i])
			if err != nil {
				return nil, err
			}
			all[i] = append(all[i], took)
		}
	}
	medians := make([]measured, len(contenders))
	for i, took := range all {
		slices.SortFunc(took, func(a, b measured) int { return int(a.cpu - b.cpu) })
		medians[i] = took[len(took)/2]
	}
	return medians, nil
}

// turn runs a contender n times and returns what one run takes.
func turn(c contender, n int) (measured, error) {
	runtime.GC() // nobody pays for the garbage of others
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began, err := processorTime()
	if err != nil {
		return measured{}, err
	}
	for range n {
		if err := c.run(); err != nil {
			return measured{}, fmt.Errorf("%s: %w", c.name, err)
		}
	}
	ended, err := processorTime()
	if err != nil {
		return measured{}, err
	}
	runtime.ReadMemStats(&after)
	each := float64(n)
	return measured{
		cpu: (ended - began) / time.Duration(n), bytes: float64(after.TotalAlloc-before.TotalAlloc) / each, mallocs: float64(after.Mallocs-before.Mallocs) / each,
	}, nil
}

// processorTime returns the processor time that this process has taken.
func processorTime() (time.Duration, error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0, fmt.Errorf("read the processor time: %w", err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), nil
}
