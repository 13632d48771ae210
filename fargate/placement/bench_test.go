package placement

import (
	"fmt"
	"math"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/profiles"
)

// unmet returns profiles with n selectors of the namespace in all, whose labels a pod lacks: every
// one more than the first, or, if tied is set, as many.
func unmet(n int, tied bool) *profiles.Index {
	var list []profiles.Profile
	for i := range n {
		labels := []string{"run", fmt.Sprintf("on-fargate-%d", i)}
		if i > 0 && !tied {
			labels = append(labels, "team", "web-*")
		}
		list = append(list, fargatetest.Profile(fmt.Sprintf("p-%03d", i), fargatetest.Selects("apps", labels...)))
	}
	return profiles.NewIndex(list)
}

// web is a pod that meets no selector of unmet.
var web = metav1.ObjectMeta{Labels: map[string]string{"app": "web", "app.kubernetes.io/name": "web"}}

func BenchmarkPlaceUnmet(b *testing.B) {
	for _, tied := range []bool{false, true} {
		for _, n := range []int{1, 10, 50, 500} {
			b.Run(fmt.Sprintf("tied=%t/selectors=%d", tied, n), func(b *testing.B) {
				index, adds := unmet(n, tied), defaultAdds()
				b.ReportAllocs()
				for b.Loop() {
					Place("apps", &web, &corev1.PodSpec{}, index, adds)
				}
			})
		}
	}
}

// Selectors that a pod doesn't meet cost no allocation each, and equally near ones only what names
// them.
func TestUnmetSelectorsAllocateNothing(t *testing.T) {
	// The fewest of many runs: the race detector empties pools at random, which are filled again then.
	place := func(index *profiles.Index) float64 {
		adds, fewest := defaultAdds(), math.Inf(1)
		for range 100 {
			fewest = min(fewest, testing.AllocsPerRun(1, func() {
				if place := Place("apps", &web, &corev1.PodSpec{}, index, adds); place.Profile != "p-000" {
					t.Fatalf("%+v", place)
				}
			}))
		}
		return fewest
	}
	few, many := place(unmet(2, false)), place(unmet(50, false))
	t.Logf("%.0f allocations for 2 selectors, %.0f for 50", few, many)
	if many > few || many > 20 {
		t.Errorf("%.0f allocations for 2 selectors, %.0f for 50, want as many, and at most 20", few, many)
	}
	tied := place(unmet(50, true))
	t.Logf("%.0f allocations for 50 that are equally near", tied)
	if tied > 160 {
		t.Errorf("%.0f allocations for 50 that are equally near", tied)
	}
}
