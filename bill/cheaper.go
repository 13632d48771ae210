package bill

import (
	"fmt"
	"strings"

	"fargate-webhook/fargate/sizing"
)

// Step is a smaller request that leads to a cheaper size.
type Step struct {
	// Requests are what the pod would request, and Less how much less that is.
	Requests, Less sizing.Amount
	Size           sizing.Size
	// Pod is what one pod would cost that runs all month, and Cost all of them.
	Pod  Money
	Cost Span
	// Saved is how much less that is than now.
	Saved Span
}

// sizes are all sizes.
var sizes = sizing.Sizes()

// cheaper returns the smallest step down to a cheaper size: the one that takes away the smallest
// share of CPU and memory together, and of two such the one that saves more. What the RuntimeClass
// adds to the pod can't be taken away. What a size's budget holds never needs a dearer one.
func cheaper(b *Bill, w *Workload, prices *Prices) *Step {
	now, overhead := prices.weight(b.Size), sizing.AmountIn(w.Spec.Overhead)
	var best *Step
	var smallest share
	for _, size := range sizes {
		if prices.weight(size) >= now {
			continue
		}
		requests := b.Requested.AtMost(size.Budget())
		reached, ok := sizing.For(requests)
		if !ok || !overhead.Within(requests) {
			continue
		}
		taken := shareOf(requests, b.Requested)
		if best == nil || taken < smallest || taken == smallest && prices.weight(reached) < prices.weight(best.Size) {
			best, smallest = &Step{Requests: requests, Less: b.Requested.Minus(requests), Size: reached}, taken
		}
	}
	if best == nil {
		return nil
	}
	cost := prices.of(best.Size.Amount(), b.Storage)
	best.Pod, best.Cost = cost.during(Month), cost.within(w.Use)
	best.Saved = b.Cost.less(best.Cost)
	return best
}

// share is a part of CPU plus a part of memory, in billionths.
type share int64

// shareOf returns which share of what is requested is taken away.
func shareOf(requests, of sizing.Amount) share {
	part := func(now, before int64) share {
		if before == 0 {
			return 0
		}
		return share(float64(before-now) / float64(before) * 1e9)
	}
	return part(requests.MilliCPU, of.MilliCPU) + part(requests.MilliBytes, of.MilliBytes)
}

// Sentence says the step in words, for one pod: "1 vCPU + 8 GiB is billed as 2 vCPU / 9 GB ($88.30
// a month in us-east-1); 256 MiB less: $55.51".
func (s *Step) Sentence(b *Bill, prices *Prices) string {
	where := ""
	if prices.Region != "" {
		where = " in " + prices.Region
	}
	return fmt.Sprintf("%s is billed as %s (%s a month%s); %s less: %s",
		Requests(b.Requested), prices.Billed(b.Size, b.Storage), b.Pod.In(prices.Currency), where, lessText(s.Less), s.Pod.In(prices.Currency))
}

// lessText writes what is taken away, the memory rounded up to MiB: "256 MiB", "0.25 vCPU and 1 GiB".
func lessText(a sizing.Amount) string {
	var parts []string
	if a.MilliCPU > 0 {
		parts = append(parts, vcpu(a.MilliCPU))
	}
	if a.MilliBytes > 0 {
		parts = append(parts, binary(a.MilliBytes))
	}
	return strings.Join(parts, " and ")
}
