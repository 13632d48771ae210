package creates

import (
	"math"
	"slices"
	"testing"
	"time"
)

// round is one in which each of some creates took a time, one after the other.
func round(each time.Duration) *phase {
	return together([]*phase{{took: slices.Repeat([]time.Duration{each}, 10), lasted: 10 * each}})
}

// The error of a ratio says how much rounds differ, whatever slows down both rows of a round.
func TestRatioError(t *testing.T) {
	const ms = time.Millisecond
	for name, c := range map[string]struct {
		of, to []*phase
		want   float64
	}{
		"one round":                       {[]*phase{round(2 * ms)}, []*phase{round(ms)}, 0},
		"rounds alike":                    {[]*phase{round(2 * ms), round(2 * ms)}, []*phase{round(ms), round(ms)}, 0},
		"a slow round for both":           {[]*phase{round(2 * ms), round(20 * ms)}, []*phase{round(ms), round(10 * ms)}, 0},
		"a round that was slow for one":   {[]*phase{round(ms), round(2 * ms)}, []*phase{round(ms), round(ms)}, 0.25},
		"more rounds, of which one is so": {[]*phase{round(ms), round(2 * ms), round(ms), round(ms)}, slices.Repeat([]*phase{round(ms)}, 4), 0.1875},
	} {
		if got := ratioError(c.of, c.to, (*phase).perSecond); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
