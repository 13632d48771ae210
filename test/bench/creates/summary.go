package creates

import (
	"slices"

	"fargate-webhook/test/bench/results"
)

// summary returns a row for each variant and scene: the medians of all turns, and of the ratios
// within a turn.
func summary(variants []*variant, scenes []scene, measured map[*variant][]map[scene]*phase) []results.Row {
	byName := map[string][]map[scene]*phase{}
	for v, phases := range measured {
		byName[v.name] = phases
	}
	rows := make([]results.Row, 0, len(variants)*len(scenes))
	for _, s := range scenes {
		against := results.Constant
		if s.pod == podNeedingBoth {
			against = results.ConstantAndNoop
		}
		for _, v := range variants {
			row := results.Row{Variant: v.name, Pod: s.pod, Clients: s.clients, Absent: v.absent}
			turns := measured[v]
			if len(turns) > 0 {
				over := func(of func(turn int) float64) float64 { return median(len(turns), of) }
				row.PerSecond = over(func(t int) float64 { return turns[t][s].perSecond })
				row.P50 = over(func(t int) float64 { return turns[t][s].at(50) })
				row.P99 = over(func(t int) float64 { return turns[t][s].at(99) })
				row.CPU = over(func(t int) float64 { return float64(turns[t][s].cpu.Microseconds()) / 1000 })
				row.Calls = over(func(t int) float64 { return turns[t][s].calls })
				row.Handling = over(func(t int) float64 { return float64(turns[t][s].handling.Microseconds()) / 1000 })
				row.Relative = over(func(t int) float64 { return turns[t][s].perSecond / byName[results.None][t][s].perSecond })
				row.ToConstant = over(func(t int) float64 { return turns[t][s].perSecond / byName[against][t][s].perSecond })
				row.P99ToConstant = row.P99 / median(len(turns), func(t int) float64 { return byName[against][t][s].at(99) })
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// median returns the median of n values.
func median(n int, value func(i int) float64) float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = value(i)
	}
	slices.Sort(values)
	if n%2 == 0 {
		return (values[n/2-1] + values[n/2]) / 2
	}
	return values[n/2]
}
