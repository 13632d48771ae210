package bill

// Sum is the sum of several spans.
type Sum struct {
	Least Money
	// Most is the sum of what each is at most; of those of which that isn't known, the least counts.
	Most Money
}

func (s *Sum) add(of Span) {
	s.Least = s.Least.plus(of.Least)
	if of.Most == nil {
		s.Most = s.Most.plus(of.Least)
	} else {
		s.Most = s.Most.plus(*of.Most)
	}
}

// In returns the sum with its currency: "$9.01", "$9.01 to $90.10".
func (s Sum) In(currency string) string { return Span{Least: s.Least, Most: &s.Most}.In(currency) }

// Total is what several workloads cost in a month.
type Total struct {
	Workloads int
	// PodsLeast and PodsMost are how many pods run at the same time, and MilliCPU the vCPU of the
	// most, in thousandths: what the account's quota on Fargate's vCPU has to allow (F10.11).
	PodsLeast, PodsMost, MilliCPU int64
	Cost, Waste                   Sum
	// Unknown is how many of the workloads have no known most.
	Unknown int
}

// Add adds a bill.
func (t *Total) Add(b *Bill) {
	t.Workloads++
	t.PodsLeast = sum(t.PodsLeast, b.Use.PodsLeast)
	t.PodsMost = sum(t.PodsMost, b.Use.PodsMost)
	t.MilliCPU = sum(t.MilliCPU, product(b.Use.PodsMost, b.Size.MilliCPU))
	t.Cost.add(b.Cost)
	t.Waste.add(b.Waste)
	if b.Use.Unknown {
		t.Unknown++
	}
}

// VCPU returns the vCPU of the most pods: "2.25".
func (t *Total) VCPU() string { return number(t.MilliCPU) }

// Totals are what all workloads cost, and those of each namespace and each Fargate profile.
type Totals struct {
	All                    Total
	ByNamespace, ByProfile map[string]*Total
}

// Add adds the bill of a workload of a namespace, whose pods run by a profile.
func (t *Totals) Add(namespace, profile string, b *Bill) {
	t.All.Add(b)
	t.ByNamespace = added(t.ByNamespace, namespace, b)
	t.ByProfile = added(t.ByProfile, profile, b)
}

func added(to map[string]*Total, name string, b *Bill) map[string]*Total {
	if to == nil {
		to = map[string]*Total{}
	}
	if to[name] == nil {
		to[name] = &Total{}
	}
	to[name].Add(b)
	return to
}
