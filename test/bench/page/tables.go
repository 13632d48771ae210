package page

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"fargate-webhook/test/bench/results"
)

// MachineTable says what was measured, and where.
func (v view) MachineTable() string {
	m := v.Machine
	t := newTable("what", "value")
	t.row("measured on", m.Date)
	t.row("revision", m.Revision)
	t.row("processor", fmt.Sprintf("%s, %d cores", m.Processor, m.Cores))
	t.row("memory, system", m.Memory+", "+m.System)
	t.row("load average of a minute before", m.Load)
	t.row("Go", m.Go)
	t.row("kube-apiserver", m.Kubernetes)
	for _, path := range slices.Sorted(maps.Keys(m.Modules)) {
		t.row("`"+path+"`", m.Modules[path])
	}
	return t.String()
}

// TargetTable says which targets are reached.
func (v view) TargetTable() string {
	t := newTable("target", ">measured", "reached")
	for _, target := range Targets(v.Results) {
		reached := "no"
		if target.Reached {
			reached = "yes"
		}
		t.row(target.Text, target.Measured, reached)
	}
	return t.String()
}

// HandlerTable compares the handlers.
func (v view) HandlerTable() string {
	if text := v.missing("handlers", len(v.Handlers) > 0); text != "" {
		return text
	}
	t := newTable("call", ">review", ">ours", ">floor", ">ours / floor", ">controller-runtime, patching", ">/ ours", ">controller-runtime, allowing", ">/ ours", ">allocations: ours", ">controller-runtime")
	for i := range v.Handlers {
		h := &v.Handlers[i]
		ours := h.Ours.Nanoseconds
		t.row(h.Call, h.Size, micro(ours)+" µs", micro(h.Floor.Nanoseconds)+" µs", ratio(ours, h.Floor.Nanoseconds), micro(h.Usual.Nanoseconds)+" µs", ratio(h.Usual.Nanoseconds, ours),
			micro(h.Allowing.Nanoseconds)+" µs", ratio(h.Allowing.Nanoseconds, ours), fmt.Sprint(h.Ours.Allocations), fmt.Sprint(h.Usual.Allocations))
	}
	return t.String()
}

// DecoderTable compares the decoders.
func (v view) DecoderTable() string {
	if text := v.missing("handlers", len(v.Handlers) > 0); text != "" {
		return text
	}
	t := newTable("call", ">review", ">v2, one pass (the floor)", ">v2, two passes", ">sigs.k8s.io/json, one pass")
	for i := range v.Handlers {
		h := &v.Handlers[i]
		t.row(h.Call, fmt.Sprintf("%d bytes", h.Bytes), micro(h.Floor.Nanoseconds)+" µs", micro(h.FloorTwice.Nanoseconds)+" µs", micro(h.FloorV1.Nanoseconds)+" µs")
	}
	return t.String()
}

// StageTable lists the Go benchmarks.
func (v view) StageTable() string {
	if text := v.missing("stages", len(v.Stages) > 0); text != "" {
		return text
	}
	t := newTable("package", "benchmark", ">time", ">bytes", ">allocations")
	for _, s := range v.Stages {
		t.row("`"+s.Stage+"`", "`"+s.Benchmark+"`", micro(s.Cost.Nanoseconds)+" µs", fmt.Sprint(s.Cost.Bytes), fmt.Sprint(s.Cost.Allocations))
	}
	return t.String()
}

// QuarterTable is about a replica with a quarter of a core.
func (v view) QuarterTable() string {
	if text := v.missing("quarter", len(v.Quarter) > 0); text != "" {
		return text
	}
	t := newTable(">review", ">requests a second", ">p50", ">p99", ">requests")
	for _, q := range v.Quarter {
		t.row(q.Size, fmt.Sprint(q.PerSecond), fmt.Sprintf("%.1f ms", q.P50), fmt.Sprintf("%.1f ms", q.P99), fmt.Sprint(q.Requests))
	}
	return t.String()
}

// CreateTables compares the creates, a table a kind of pod and number of clients.
func (v view) CreateTables() string {
	if text := v.missing("creates", len(v.Creates.Rows) > 0); text != "" {
		return text
	}
	var b strings.Builder
	for _, pod := range []string{results.Typical, results.NeedingBoth} {
		for _, clients := range []int{1, 8} {
			against := "large constant patch"
			if pod == results.NeedingBoth {
				against = "large constant patch and validating no-op"
			}
			t := newTable("registered", ">creates/s", ">relative to none", ">to "+against, ">p50", ">p99", ">p99 to the same", ">API server's CPU", ">calls", ">in our handlers")
			for i := range v.Creates.Rows {
				if row := &v.Creates.Rows[i]; row.Pod == pod && row.Clients == clients {
					t.row(createCells(row)...)
				}
			}
			noun := "clients"
			if clients == 1 {
				noun = "client"
			}
			fmt.Fprintf(&b, "%s, %d %s:\n\n%s\n\n", podTitle(pod), clients, noun, t)
		}
	}
	return strings.TrimSuffix(b.String(), "\n\n")
}

func podTitle(pod string) string {
	if pod == results.Typical {
		return "Pods that nothing refuses"
	}
	return "Pods that need both calls"
}

func createCells(row *results.Row) []string {
	if row.Absent != "" {
		return []string{row.Variant, "absent: " + row.Absent, "", "", "", "", "", "", "", ""}
	}
	handling := ""
	if row.Handling > 0 {
		handling = fmt.Sprintf("%.2f ms", row.Handling)
	}
	return []string{
		row.Variant, fmt.Sprintf("%.0f", row.PerSecond), fmt.Sprintf("%.2f", row.Relative), withError(row.ToConstant, row.ToConstantError), fmt.Sprintf("%.1f ms", row.P50), fmt.Sprintf("%.1f ms", row.P99),
		withError(row.P99ToConstant, row.P99ToConstantError), fmt.Sprintf("%.1f ms", row.CPU), fmt.Sprintf("%g", row.Calls), handling,
	}
}

// withError formats a figure relative to another, with its standard error if that is known.
func withError(relative, standardError float64) string {
	if standardError == 0 {
		return fmt.Sprintf("%.2f", relative)
	}
	return fmt.Sprintf("%.2f ± %.2f", relative, standardError)
}

// GrowthTable lists the exponents.
func (v view) GrowthTable() string {
	if text := v.missing("growth", len(v.Growth) > 0); text != "" {
		return text
	}
	t := newTable("many", ">exponent")
	for _, g := range v.Growth {
		t.row(g.Thing, fmt.Sprintf("%.2f", g.Exponent))
	}
	return t.String()
}

// FootprintTable is about a replica on a small cluster.
func (v view) FootprintTable() string {
	f := v.Footprint
	if text := v.missing("footprint", f != nil); text != "" {
		return text
	}
	t := newTable("what", ">value")
	t.row("resident when idle", fmt.Sprintf("%.1f MiB, of which %.1f anonymous", f.IdleMiB, f.IdleAnonymousMiB))
	t.row(fmt.Sprintf("resident at %d requests a second", f.PerSecond), fmt.Sprintf("%.1f MiB, of which %.1f anonymous", f.LoadedMiB, f.LoadedAnonymousMiB))
	t.row("binary, stripped", fmt.Sprintf("%.1f MiB", f.BinaryMiB))
	t.row("from start to ready", fmt.Sprintf("%.2f s", f.ReadySeconds))
	return t.String()
}

// ratio formats a / b.
func ratio(a, b int64) string { return fmt.Sprintf("%.1f", float64(a)/float64(max(b, 1))) }
