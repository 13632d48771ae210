package metric

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

// Counters that start have a series for all values of their labels, and none where a label is open.
func TestStartedCounters(t *testing.T) {
	closed := Definition{Name: "a_total", Type: Counter, Help: "a", Labels: []Label{{Name: "x", Values: []string{"1", "2", "3"}}, {Name: "y", Values: []string{"a", "b"}}}}
	if n := testutil.CollectAndCount(closed.NewStartedCounters()); n != 6 {
		t.Errorf("%d series", n)
	}
	open := closed
	open.Labels = append(open.Labels[:1:1], Label{Name: "profile"})
	if n := testutil.CollectAndCount(open.NewStartedCounters()); n != 0 || open.Labels[1].Closed() {
		t.Errorf("%d series of an open label", n)
	}
	plain := Definition{Name: "b_total", Type: Counter, Help: "b"}
	if n := testutil.CollectAndCount(plain.NewStartedCounters()); n != 1 {
		t.Errorf("%d series without labels", n)
	}
}
