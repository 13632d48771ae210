package inventory

import (
	"fargate-webhook/bill"
	"fargate-webhook/fargate/sizing"
)

// unknownProfile is the label of pods of a profile that isn't ACTIVE, or not known.
const unknownProfile = "unknown"

// class is what pods are counted by.
type class struct {
	profile, size string
	state         state
}

// figures are those of a class.
type figures struct {
	pods int64
	// unused is what Fargate provisions and the pods don't request, without what it reserves.
	unused sizing.Amount
	// cost and waste are for a month of 730 hours.
	cost, waste bill.Money
}

// tally counts pods. has reports an ACTIVE profile. Pods of one controller that are alike are billed
// together, as reviews bill the replicas of a workload: sums are rounded once for each.
func tally(pods []any, has func(profile string) bool, prices *bill.Prices) map[class]*figures {
	type group struct {
		likeness
		size sizing.Size
	}
	groups := map[group]int64{}
	for _, object := range pods {
		if p, ok := object.(*pod); ok && p.size != nil {
			groups[group{p.likeness, *p.size}]++
		}
	}
	classes := map[class]*figures{}
	for g, n := range groups {
		key := class{profile: g.profile, size: g.size.Provisioned(), state: g.state}
		if !has(g.profile) {
			key.profile = unknownProfile
		}
		f := classes[key]
		if f == nil {
			f = &figures{}
			classes[key] = f
		}
		f.add(n, g.size, &g.likeness, prices)
	}
	return classes
}

// add adds pods that are alike. What waits costs nothing yet.
func (f *figures) add(n int64, size sizing.Size, l *likeness, prices *bill.Prices) {
	f.pods += n
	if l.state == waiting {
		return
	}
	unused := size.Budget().Minus(l.requested)
	f.unused.MilliCPU += n * unused.MilliCPU
	f.unused.MilliBytes += n * unused.MilliBytes
	cost, waste := bill.CostOf(size, l.requested, l.storage, bill.Steady(n, n), prices)
	f.cost += cost.Least
	f.waste += waste.Least
}

// sizes are the values of the label size.
func sizes() []string {
	var texts []string
	for _, s := range sizing.Sizes() {
		texts = append(texts, s.Provisioned())
	}
	return texts
}
