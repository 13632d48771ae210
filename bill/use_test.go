package bill

import (
	"slices"
	"testing"
)

func TestSteady(t *testing.T) {
	for name, c := range map[string]struct {
		least, most int64
		want        Use
	}{
		"one":             {1, 1, Use{PodsLeast: 1, PodsMost: 1, Least: Month, Most: Month}},
		"none":            {0, 0, Use{}},
		"autoscaled":      {2, 10, Use{PodsLeast: 2, PodsMost: 10, Least: 2 * Month, Most: 10 * Month}},
		"the wrong way":   {3, 1, Use{PodsLeast: 3, PodsMost: 3, Least: 3 * Month, Most: 3 * Month}},
		"fewer than none": {-1, 1, Use{PodsMost: 1, Most: Month}},
		"fewer at most":   {-3, -1, Use{}},
	} {
		if got := Steady(c.least, c.most); !equal(got, c.want) {
			t.Errorf("%s: have %+v, want %+v", name, got, c.want)
		}
	}
}

func equal(a, b Use) bool {
	return a.PodsLeast == b.PodsLeast && a.PodsMost == b.PodsMost && a.Least == b.Least && a.Most == b.Most && a.Unknown == b.Unknown && slices.Equal(a.Notes, b.Notes)
}

func TestBatch(t *testing.T) {
	const daily Runs = 7 * 365 // 30.4 a month
	const hourly Runs = 84 * 730
	kept := new(int64(0))
	each := func(interval int64) func(int64) int64 {
		return func(seconds int64) int64 { return (seconds + interval - 1) / interval }
	}
	for name, c := range map[string]struct {
		batch Batch
		runs  Runs
		want  Use
	}{
		"a Job with a deadline": {
			Batch{AtOnce: 1, Pods: 1, Deadline: new(int64(600)), Kept: kept}, Once, Use{PodsMost: 1, Least: 60, Most: 600},
		},
		"without": {
			Batch{AtOnce: 1, Pods: 1, Kept: kept}, Once, Use{PodsMost: 1, Least: 60, Unknown: true, Notes: []string{noteUnbounded}},
		},
		"finished pods stay": {
			Batch{AtOnce: 1, Pods: 1, Deadline: new(int64(600))}, Once, Use{PodsMost: 1, Least: 60, Most: 600, Notes: []string{noteKept}},
		},
		"finished pods stay for a while": {
			Batch{AtOnce: 1, Pods: 2, Retries: 1, Deadline: new(int64(600)), Kept: new(int64(100))}, Once, Use{PodsMost: 3, Least: 120, Most: 2100},
		},
		"finished pods stay until the Job ends": {
			Batch{AtOnce: 10, Pods: 100, Deadline: new(int64(600)), Kept: kept}, Once, Use{PodsMost: 100, Least: 6000, Most: 60000},
		},
		"the pods have a deadline": {
			Batch{AtOnce: 2, Pods: 5, Retries: 6, PodDeadline: new(int64(100)), Kept: kept}, Once, Use{PodsMost: 11, Least: 300, Most: 11 * (6*100 + 6*600)},
		},
		"the one pod has a deadline": {
			Batch{AtOnce: 1, Pods: 1, PodDeadline: new(int64(100)), Kept: kept}, Once, Use{PodsMost: 1, Least: 60, Most: 100},
		},
		"a history": {
			Batch{AtOnce: 1, Pods: 1, Deadline: new(int64(60)), History: new(int64(4)), Starts: each(3600)}, hourly,
			Use{PodsMost: 5, Least: 43800, Most: 43800 + 4*Month},
		},
		"a history that is never full": {
			Batch{AtOnce: 1, Pods: 1, Deadline: new(int64(60)), Kept: new(int64(600)), History: new(int64(4)), Starts: each(3600)}, hourly,
			Use{PodsMost: 1, Least: 43800, Most: 43800 + 730*600},
		},
		"runs overlap": {
			Batch{AtOnce: 1, Pods: 1, Deadline: new(int64(9000)), Kept: kept, Starts: each(3600)}, hourly, Use{PodsMost: 3, Least: 43800, Most: 730 * 9000},
		},
		"less than a minute is a minute": {
			Batch{AtOnce: 1, Pods: 1, Deadline: new(int64(1)), Kept: kept}, Once, Use{PodsMost: 1, Least: 60, Most: 60},
		},
		"more at once than there are": {
			Batch{AtOnce: 9, Pods: 2, Deadline: new(int64(600)), Kept: kept}, Once, Use{PodsMost: 2, Least: 120, Most: 1200},
		},
		"daily": {
			Batch{AtOnce: 1, Pods: 1, Deadline: new(int64(3600)), Kept: kept}, daily, Use{PodsMost: 1, Least: 1825, Most: 109500},
		},
		"each minute for an hour": {
			Batch{AtOnce: 1, Pods: 1, Deadline: new(int64(3600)), Kept: kept}, 84 * 43800, Use{PodsMost: 1, Least: Month, Most: 60 * Month},
		},
		"each minute for an hour, one at a time": {
			Batch{AtOnce: 1, Pods: 1, Deadline: new(int64(3600)), Kept: kept, Alone: true}, 84 * 43800, Use{PodsMost: 1, Least: Month, Most: Month},
		},
		"never": {Batch{AtOnce: 1, Pods: 1}, 0, Use{}},
		"none":  {Batch{AtOnce: 1}, Once, Use{}},
	} {
		if got := c.batch.Within(c.runs); !equal(got, c.want) {
			t.Errorf("%s: have %+v, want %+v", name, got, c.want)
		}
	}
}
