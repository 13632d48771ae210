package creates

import "fargate-webhook/test/bench/results"

// summary returns a row for each variant and scene, about all creates of all turns together: the time
// that garbage collection takes falls on few of them.
func summary(variants []*variant, scenes []scene, measured map[string]map[scene]*phase) []results.Row {
	rows := make([]results.Row, 0, len(variants)*len(scenes))
	for _, s := range scenes {
		against := results.Constant
		if s.pod == podNeedingBoth {
			against = results.ConstantAndNoop
		}
		none, constant := measured[results.None][s], measured[against][s]
		for _, v := range variants {
			row := results.Row{Variant: v.name, Pod: s.pod, Clients: s.clients, Absent: v.absent}
			if p := measured[v.name][s]; p != nil {
				row.PerSecond, row.P50, row.P99 = p.perSecond(), p.at(50), p.at(99)
				row.CPU, row.Handling, row.Calls = p.each(p.cpu), p.each(p.handling), float64(p.calls)/float64(len(p.took))
				row.Relative, row.ToConstant = row.PerSecond/none.perSecond(), row.PerSecond/constant.perSecond()
				row.P99ToConstant = row.P99 / constant.at(99)
			}
			rows = append(rows, row)
		}
	}
	return rows
}
