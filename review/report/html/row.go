package html

import (
	"cmp"
	"slices"

	"k8s.io/apimachinery/pkg/api/resource"

	"fargate-webhook/fargate/sizing"
	"fargate-webhook/kinds"
	"fargate-webhook/policy"
	"fargate-webhook/review"
)

// outcome is what becomes of an object and its pods.
type outcome struct {
	// id is its name in markup and script.
	id   markup
	name string
	// means says what it means, for the totals.
	means string
}

// outcomes are all of them, the worst first.
var outcomes = [...]outcome{
	{"deny", "denied", "admission refuses the object"},
	{"pods", "pods denied", "the object is admitted, and its pods are refused"},
	{"warn", "warning", "admitted with a warning"},
	{"change", "changed", "admission changes the object or its pods"},
	{"exempt", "exempt", "admission neither changes nor refuses it"},
	{"pass", "as it is", "admitted unchanged"},
	{"skip", "not judged", "it seems to make pods, and isn't judged"},
}

// rankOf returns the place of an item in outcomes.
func rankOf(i *review.Item) int {
	id := markup("skip")
	switch {
	case i.Result == review.ResultDeny:
		id = "deny"
	case i.PodsRefused:
		id = "pods"
	case i.Result == review.ResultWarn:
		id = "warn"
	case i.Result == review.ResultChange:
		id = "change"
	case i.Result == review.ResultExempt:
		id = "exempt"
	case i.Result == review.ResultPass:
		id = "pass"
	}
	return slices.IndexFunc(outcomes[:], func(o outcome) bool { return o.id == id })
}

// row is an item with what the page counts of it.
type row struct {
	*review.Item
	// rank is the place of its outcome in outcomes.
	rank int
	// unjudged says why it isn't judged.
	unjudged string
	// requested, provisioned and unused are those of one pod, zero without a size.
	requested, provisioned, unused sizing.Amount
}

func rowOf(i *review.Item) row {
	r := row{Item: i, rank: rankOf(i)}
	r.unjudged = cmp.Or(i.NotJudged, kinds.Removed(i.APIVersion, i.Kind))
	if u := i.Usage; u != nil {
		r.requested, r.provisioned, r.unused = amountOf(u.Requested), amountOf(u.Provisioned), amountOf(u.Unused)
	}
	return r
}

// rowsOf returns the items that the page shows, the worst first, and how many of each kind it
// doesn't: those that have nothing to do with pods.
func rowsOf(items []review.Item) (rows []row, skipped map[string]int) {
	skipped = map[string]int{}
	for i := range items {
		r := rowOf(&items[i])
		if r.Result == review.ResultSkip && r.unjudged == "" {
			skipped[r.Kind]++
			continue
		}
		rows = append(rows, r)
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	return rows, skipped
}

// amountOf reads the quantities of a report, zero for what isn't one.
func amountOf(a review.Amount) sizing.Amount {
	cpu, _ := resource.ParseQuantity(a.CPU)
	memory, _ := resource.ParseQuantity(a.Memory)
	return sizing.Amount{MilliCPU: max(cpu.MilliValue(), 0), MilliBytes: max(memory.MilliValue(), 0)}
}

// runsOn says where the pods of the object run, nothing for an object without any.
func (r *row) runsOn() string {
	switch {
	case r.unjudged != "" || kinds.Find(r.APIVersion, r.Kind) == nil && r.PodTemplate == "":
		return ""
	case r.Placement.Fargate:
		return r.Placement.Profile
	}
	return review.NotFargate
}

// runs reports an object whose pods run on Fargate: it has a size, and nothing refuses them.
func (r *row) runs() bool {
	id := outcomes[r.rank].id
	return r.Size != nil && id != "deny" && id != "pods"
}

// ruleIDs returns the rules of its findings, each once.
func (r *row) ruleIDs() []policy.RuleID {
	var ids []policy.RuleID
	for i := range r.Findings {
		if id := r.Findings[i].Rule; !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}
