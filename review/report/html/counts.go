package html

import (
	"cmp"
	"slices"
	"strconv"

	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/sizing"
	"fargate-webhook/policy"
	"fargate-webhook/review"
)

// ruleCount is how many objects have findings of a rule.
type ruleCount struct {
	rule     policy.RuleID
	severity rules.Severity
	// by are those that it denies, whose pods it denies, that it warns of, and that ignore it.
	by [4]int
}

const (
	byDeny = iota
	byPods
	byWarn
	byIgnored
)

// countRules counts findings by rule: the rules that deny most first.
func countRules(rows []row) []ruleCount {
	at := map[policy.RuleID]int{}
	var counts []ruleCount
	add := func(f *rules.Finding, by int) {
		i, known := at[f.Rule]
		if !known {
			i = len(counts)
			at[f.Rule] = i
			counts = append(counts, ruleCount{rule: f.Rule, severity: f.Severity})
		}
		counts[i].by[by]++
	}
	for r := range rows {
		for i := range rows[r].Findings {
			switch f := &rows[r].Findings[i].Finding; {
			case f.PodsRefused:
				add(f, byPods)
			case f.Action == policy.Deny:
				add(f, byDeny)
			default:
				add(f, byWarn)
			}
		}
		for i := range rows[r].Ignored {
			add(&rows[r].Ignored[i].Finding, byIgnored)
		}
	}
	slices.SortFunc(counts, func(a, b ruleCount) int {
		return cmp.Or(
			cmp.Compare(b.by[byDeny]+b.by[byPods], a.by[byDeny]+a.by[byPods]),
			cmp.Compare(b.by[byWarn], a.by[byWarn]), cmp.Compare(b.by[byIgnored], a.by[byIgnored]), cmp.Compare(a.rule, b.rule))
	})
	return counts
}

// namespaceCount is what a namespace holds.
type namespaceCount struct {
	name                    string
	objects, denied, warned int
	// requested and provisioned are those of one pod of each object, and own the memory that
	// Fargate takes for itself.
	requested, provisioned, own sizing.Amount
	cost                        review.Total
}

// title is the name of the namespace; objects of the whole cluster have none.
func (n *namespaceCount) title() string { return cmp.Or(n.name, "(no namespace)") }

// missed is what is provisioned but neither requested nor taken by Fargate.
func (n *namespaceCount) missed() sizing.Amount {
	return sizing.Amount{
		MilliCPU:   max(n.provisioned.MilliCPU-n.requested.MilliCPU, 0),
		MilliBytes: max(n.provisioned.MilliBytes-n.requested.MilliBytes-n.own.MilliBytes, 0),
	}
}

// countNamespaces counts by namespace: those first where most is paid for but not requested.
func countNamespaces(r *report) []namespaceCount {
	at := map[string]int{}
	var list []namespaceCount
	for i := range r.rows {
		o := &r.rows[i]
		n, known := at[o.Namespace]
		if !known {
			n = len(list)
			at[o.Namespace] = n
			list = append(list, namespaceCount{name: o.Namespace})
			if r.bill != nil {
				list[n].cost = r.bill.Namespaces[o.Namespace]
			}
		}
		list[n].add(o)
	}
	slices.SortFunc(list, func(a, b namespaceCount) int {
		left, right := a.missed(), b.missed()
		return cmp.Or(cmp.Compare(b.cost.Waste.Least, a.cost.Waste.Least),
			cmp.Compare(right.MilliCPU*9+gib(right.MilliBytes, 1000), left.MilliCPU*9+gib(left.MilliBytes, 1000)), cmp.Compare(a.name, b.name))
	})
	return list
}

func (n *namespaceCount) add(o *row) {
	n.objects++
	switch outcomes[o.rank].id {
	case "deny", "pods":
		n.denied++
	case "warn":
		n.warned++
	}
	if !o.runs() {
		return
	}
	n.requested = sum(n.requested, o.requested)
	n.provisioned = sum(n.provisioned, o.provisioned)
	n.own = sum(n.own, own)
}

// own is what Fargate takes of every size for itself.
var own = ownOf(sizing.Largest())

func ownOf(s sizing.Size) sizing.Amount {
	whole, budget := s.Amount(), s.Budget()
	return sizing.Amount{MilliCPU: whole.MilliCPU - budget.MilliCPU, MilliBytes: whole.MilliBytes - budget.MilliBytes}
}

// amountText writes what pods request or are billed for.
func amountText(a sizing.Amount) string {
	if a == (sizing.Amount{}) {
		return ""
	}
	return decimal(float64(a.MilliCPU)/1000) + " vCPU / " + decimal(gibOf(a.MilliBytes)) + " GiB"
}

// gibOf returns milli-bytes in GiB.
func gibOf(milliBytes int64) float64 { return float64(milliBytes) / 1000 / (1 << 30) }

// decimal writes a number with at most two decimals.
func decimal(f float64) string {
	return strconv.FormatFloat(float64(int64(f*100+0.5))/100, 'f', -1, 64)
}

func sum(a, b sizing.Amount) sizing.Amount {
	return sizing.Amount{MilliCPU: a.MilliCPU + b.MilliCPU, MilliBytes: a.MilliBytes + b.MilliBytes}
}
