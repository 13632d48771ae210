package creates

import (
	"math"
	"slices"

	"fargate-webhook/test/bench/results"
)

// against is the row of a scene that the others are compared with, or those with EKS's webhook.
func against(s scene, claimed bool) string {
	switch both := s.pod == podNeedingBoth; {
	case both && claimed:
		return results.ConstantAndNoopEKS
	case both:
		return results.ConstantAndNoop
	case claimed:
		return results.ConstantEKS
	}
	return results.Constant
}

// summary returns a row for each variant and scene, about all creates of all turns together: the time
// that garbage collection takes falls on few of them.
func summary(variants []*variant, scenes []scene, measured map[string]map[scene][]*phase) []results.Row {
	rows := make([]results.Row, 0, len(variants)*len(scenes))
	for _, s := range scenes {
		none := together(measured[results.None][s])
		for _, v := range variants {
			constants := measured[against(s, v.claimed)][s]
			constant := together(constants)
			row := results.Row{Variant: v.name, Pod: s.pod, Clients: s.clients, Absent: v.absent}
			if rounds := measured[v.name][s]; len(rounds) > 0 {
				p := together(rounds)
				row.PerSecond, row.P50, row.P99 = p.perSecond(), p.at(50), p.p99()
				row.CPU, row.Handling, row.Calls = p.each(p.cpu), p.each(p.handling), float64(p.calls)/float64(len(p.took))
				row.Relative, row.ToConstant = row.PerSecond/none.perSecond(), row.PerSecond/constant.perSecond()
				if v.name != against(s, v.claimed) {
					row.ToConstantError = ratioError(rounds, constants, (*phase).perSecond)
					row.P99ToConstantError = ratioError(rounds, constants, (*phase).p99)
				}
				row.P99ToConstant = row.P99 / constant.p99()
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// ratioError estimates the standard error of a figure of one row relative to that of another: by what
// the ratio would be without one of the rounds (the jackknife). What slows down a whole round, such as
// another program, counts in both rows.
func ratioError(of, to []*phase, figure func(*phase) float64) float64 {
	n := float64(min(len(of), len(to)))
	if n < 2 {
		return 0
	}
	var sum, squares float64
	for i := range int(n) {
		ratio := figure(without(of, i)) / figure(without(to, i))
		sum, squares = sum+ratio, squares+ratio*ratio
	}
	mean := sum / n
	return math.Sqrt(max(0, (n-1)*(squares/n-mean*mean)))
}

// without returns the creates of all rounds but one.
func without(rounds []*phase, i int) *phase {
	return together(slices.Delete(slices.Clone(rounds), i, i+1))
}
