package review

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"fargate-webhook/bill"
)

// Line says in one sentence what all pods cost in a month; it is empty where none run on Fargate.
func (t *BillTotal) Line() string {
	if t == nil || t.full.Workloads == 0 {
		return ""
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%s on Fargate: %s a month", podsText(t.Total.Pods), t.full.Cost.In(t.prices.Currency))
	if t.full.Waste.Most > 0 {
		fmt.Fprintf(&out, ", of which %s pays for more than they request", t.full.Waste.In(t.prices.Currency))
	}
	fmt.Fprintf(&out, " (%s)", pricesText(t.prices))
	switch n := t.full.Unknown; n {
	case 0:
	case 1:
		out.WriteString("; 1 workload may cost more, it isn't known how much")
	default:
		fmt.Fprintf(&out, "; %d workloads may cost more, it isn't known how much", n)
	}
	return out.String()
}

// Parts says what the pods of each namespace cost, and those of each Fargate profile, the dearest
// first; nothing where there is one of each.
func (t *BillTotal) Parts() []string {
	if t == nil {
		return nil
	}
	var lines []string
	for _, by := range [2]struct {
		title string
		parts map[string]Total
	}{{"by namespace", t.Namespaces}, {"by profile", t.Profiles}} {
		if len(by.parts) > 1 {
			lines = append(lines, by.title+": "+t.dearest(by.parts))
		}
	}
	return lines
}

// dearest lists the parts of a total that cost most.
func (t *BillTotal) dearest(parts map[string]Total) string {
	const most = 5
	names := slices.SortedFunc(maps.Keys(parts), func(a, b string) int {
		return cmp.Or(cmp.Compare(parts[b].Month.Most, parts[a].Month.Most), cmp.Compare(a, b))
	})
	var texts []string
	for _, name := range names[:min(len(names), most)] {
		texts = append(texts, name+" "+bill.Sum(parts[name].Month).In(t.prices.Currency))
	}
	if more := len(names) - most; more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(texts, ", ")
}

func podsText(c Count) string {
	switch {
	case c.Least != c.Most:
		return fmt.Sprintf("%d to %d pods", c.Least, c.Most)
	case c.Most == 1:
		return "1 pod"
	}
	return fmt.Sprintf("%d pods", c.Most)
}

// pricesText says which prices were used.
func pricesText(p *bill.Prices) string {
	text := "list prices of " + p.Region + ", read " + bill.ListDate
	if p.Given {
		text = "prices given"
		if p.Region != "" {
			text = "prices of " + p.Region + ", some of them given"
		}
		if p.Unlisted && p.Region != "" {
			text = "prices given for " + p.Region
		}
	}
	if p.Discount > 0 {
		text += ", less " + p.Discount.String() + " by a savings plan"
	}
	if p.Assumed {
		text += "; set --region for another"
	}
	return text
}

// maxTaken is the share of CPU or memory, in percent, that a step may take away to be worth a line
// for people: who requests far more than the next size holds means it.
const maxTaken = 15

// Lines say what is worth knowing of a bill, for people: what all pods cost where that isn't plain,
// the cheaper step that is near, the containers that make the pod dearer, and the notes.
func (b *Bill) Lines() []string {
	if b == nil {
		return nil
	}
	var lines []string
	if c := b.full.Cheaper; c != nil && near(c.Less.MilliCPU, b.full.Requested.MilliCPU) && near(c.Less.MilliBytes, b.full.Requested.MilliBytes) {
		lines = append(lines, "cheaper: "+b.Cheaper.Text)
	}
	for i := range b.full.Containers {
		if w := &b.full.Containers[i]; w.Pod < b.full.Pod {
			lines = append(lines, fmt.Sprintf("without container %q: %s, %s a month instead of %s",
				w.Container, b.prices.Billed(w.Size, w.Storage), w.Pod.In(b.prices.Currency), b.full.Pod.In(b.prices.Currency)))
		}
	}
	return append(lines, b.Notes...)
}

func near(taken, of int64) bool { return taken*100 <= of*maxTaken }
