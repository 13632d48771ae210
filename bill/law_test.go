package bill

import (
	"cmp"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/sizing"
)

// most returns the most of a span, or its least where there is no telling.
func most(s Span) Money {
	if s.Most == nil {
		return s.Least
	}
	return *s.Most
}

// A size that holds more never costs less, and neither do more pods.
func TestLawCostRises(t *testing.T) {
	all := rapid.SampledFrom(sizing.Sizes())
	rapid.Check(t, func(t *rapid.T) {
		prices, a, b := drawPrices(t), all.Draw(t, "a"), all.Draw(t, "b")
		seconds := rapid.Int64Range(0, 1<<50).Draw(t, "seconds")
		small, large := prices.of(a.Amount(), 0), prices.of(b.Amount(), 0)
		if a.Amount().Within(b.Amount()) && small.during(seconds) > large.during(seconds) {
			t.Fatalf("%s costs %s, and %s costs %s", a, small.during(seconds), b, large.during(seconds))
		}
		if cmp.Compare(prices.weight(a), prices.weight(b)) != small.Cmp(&large.Int) {
			t.Fatalf("%s and %s are in the wrong order", a, b)
		}
		if more := rapid.Int64Range(seconds, 1<<51).Draw(t, "more seconds"); small.during(more) < small.during(seconds) {
			t.Fatalf("%d seconds cost more than %d", seconds, more)
		}
	})
}

// The cheaper step asks for less, and reaches a size that costs less by the table of sizes. Where
// there is none, no smaller request leads to a cheaper size.
func TestLawCheaperStep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec, prices := drawPod(t), drawPrices(t)
		size, _ := sizing.For(sizing.Requested(spec))
		b := Of(&Workload{Spec: spec, Size: size, Use: drawUse(t)}, prices)
		if b.Cheaper == nil {
			for _, other := range sizing.Sizes() {
				if reached, ok := sizing.For(b.Requested.AtMost(other.Budget())); ok && prices.weight(reached) < prices.weight(size) {
					t.Fatalf("%s has no cheaper step, but %s is reached", size, reached)
				}
			}
			return
		}
		s := b.Cheaper
		if reached, ok := sizing.For(s.Requests); !ok || reached != s.Size || prices.weight(s.Size) >= prices.weight(size) {
			t.Fatalf("%+v leads to %s", s, reached)
		}
		if !s.Requests.Within(b.Requested) || s.Requests == b.Requested || s.Less != b.Requested.Minus(s.Requests) {
			t.Fatalf("%+v isn't less than %+v by %+v", s.Requests, b.Requested, s.Less)
		}
		if s.Pod > b.Pod || s.Saved.Least != b.Cost.Least-s.Cost.Least || most(s.Saved) != most(b.Cost)-most(s.Cost) {
			t.Fatalf("%+v saves %+v of %+v", s, s.Saved, b.Cost)
		}
	})
}

// A pod without one of its containers is never dearer.
func TestLawWithoutContainer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec, prices := drawPod(t), drawPrices(t)
		size, _ := sizing.For(sizing.Requested(spec))
		b := Of(&Workload{Spec: spec, Size: size, Use: drawUse(t)}, prices)
		want := 0
		for i := range spec.InitContainers {
			if sizing.IsSidecar(&spec.InitContainers[i]) {
				want++
			}
		}
		if len(spec.Containers) > 1 {
			want += len(spec.Containers)
		}
		if len(b.Containers) != want {
			t.Fatalf("%d containers have a price, want %d", len(b.Containers), want)
		}
		for _, w := range b.Containers {
			if w.Pod > b.Pod || w.Cost.Least > b.Cost.Least || most(w.Cost) > most(b.Cost) || w.Saved.Least != b.Cost.Least-w.Cost.Least {
				t.Fatalf("without %q it is %+v, with it %+v", w.Container, w, b.Cost)
			}
		}
	})
}

// Waste and what Fargate reserves are part of the cost, and nothing is more than its most.
func TestLawPartsOfCost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec, use := drawPod(t), drawUse(t)
		size, _ := sizing.For(sizing.Requested(spec))
		b := Of(&Workload{Spec: spec, Size: size, Use: use}, drawPrices(t))
		for _, s := range []Span{b.Cost, b.Waste, b.Reserved} {
			if s.Least < 0 || most(s) < s.Least || (s.Most == nil) != use.Unknown {
				t.Fatalf("%+v", s)
			}
		}
		// Each of them is rounded.
		if b.Waste.Least.plus(b.Reserved.Least) > b.Cost.Least.plus(1) || most(b.Waste).plus(most(b.Reserved)) > most(b.Cost).plus(1) {
			t.Fatalf("waste %+v and reserved %+v are more than %+v", b.Waste, b.Reserved, b.Cost)
		}
		if use.PodsLeast > use.PodsMost || !use.Unknown && use.Least > use.Most {
			t.Fatalf("%+v", use)
		}
	})
}

// Totals are the sums of the bills as they are shown, and so are those of namespaces and profiles.
func TestLawTotals(t *testing.T) {
	name := rapid.SampledFrom([]string{"a", "b", "c"})
	rapid.Check(t, func(t *rapid.T) {
		var totals Totals
		var least, highest, waste Money
		var pods int64
		for range rapid.IntRange(0, 8).Draw(t, "workloads") {
			spec := &corev1.PodSpec{Containers: drawPod(t).Containers}
			size, ok := sizing.For(sizing.Requested(spec))
			if !ok {
				t.Skip()
			}
			b := Of(&Workload{Spec: spec, Size: size, Use: drawUse(t)}, virginia(t))
			totals.Add(name.Draw(t, "namespace"), name.Draw(t, "profile"), &b)
			least, highest, waste = least.plus(b.Cost.Least), highest.plus(most(b.Cost)), waste.plus(b.Waste.Least)
			pods += b.Use.PodsMost
		}
		if got := totals.All; got.Cost.Least != least || got.Cost.Most != highest || got.Waste.Least != waste || got.PodsMost != pods {
			t.Fatalf("%+v, want %s to %s, %s wasted, %d pods", got, least, highest, waste, pods)
		}
		for _, parts := range []map[string]*Total{totals.ByNamespace, totals.ByProfile} {
			var all Total
			for _, part := range parts {
				all.Workloads += part.Workloads
				all.Unknown += part.Unknown
				all.PodsLeast += part.PodsLeast
				all.PodsMost += part.PodsMost
				all.MilliCPU += part.MilliCPU
				all.Cost = Sum{all.Cost.Least.plus(part.Cost.Least), all.Cost.Most.plus(part.Cost.Most)}
				all.Waste = Sum{all.Waste.Least.plus(part.Waste.Least), all.Waste.Most.plus(part.Waste.Most)}
			}
			if all != totals.All {
				t.Fatalf("the parts sum up to %+v, not to %+v", all, totals.All)
			}
		}
	})
}
