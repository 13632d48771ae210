package page

import (
	"fmt"

	"fargate-webhook/test/bench/results"
)

// Target is something that must be reached.
type Target struct {
	Text, Measured string
	Reached        bool
}

// Targets returns the targets, and whether the results reach them. What was not measured is left out.
func Targets(r *results.Results) []Target {
	var all []Target
	put := func(text, measured string, value, limit float64, atLeast bool) {
		reached := value <= limit
		if atLeast {
			reached = value >= limit
		}
		all = append(all, Target{text, measured, reached})
	}
	add := func(text string, measured, limit float64, atLeast bool, format string) {
		put(text, fmt.Sprintf(format, measured), measured, limit, atLeast)
	}
	creates := func(text string, row *results.Row) {
		put(text, withError(row.ToConstant, row.ToConstantError), row.ToConstant, 0.95, true)
	}
	for i := range r.Handlers {
		h := &r.Handlers[i]
		ours := float64(h.Ours.Nanoseconds)
		what := h.Call + " at " + h.Size
		if limit := floorLimit(h); limit > 0 {
			add(fmt.Sprintf("%s: at most %.1f times the floor", what, limit), ours/float64(h.Floor.Nanoseconds), limit, false, "%.2f")
		}
		if limit := usualLimit(h); limit > 0 {
			add(fmt.Sprintf("%s: controller-runtime takes at least %.0f times ours", what, limit), float64(h.Usual.Nanoseconds)/ours, limit, true, "%.1f")
		}
	}
	for i := range r.Creates.Rows {
		row := &r.Creates.Rows[i]
		if row.Variant != results.OursOn && row.Variant != results.OursEKS || row.Absent != "" {
			continue
		}
		what := fmt.Sprintf("%s, clients: %d", podTitle(row.Pod), row.Clients)
		if row.Variant == results.OursEKS {
			what += ", all with EKS's webhook"
		}
		if row.Pod == results.Typical {
			creates(what+": at least 0.95 of the creates with one large constant patch", row)
			put(what+": p99 at most 1.1 times that of it", withError(row.P99ToConstant, row.P99ToConstantError), row.P99ToConstant, 1.1, false)
			continue
		}
		creates(what+": at least 0.95 of the creates with a large constant patch and a validating no-op", row)
	}
	if n := r.Creates.OursBytes; n > 0 {
		add("patch for a pod of one container: under 400 bytes", float64(n), 399, false, "%.0f")
	}
	for _, g := range r.Growth {
		if g.Exponent > 1.1 {
			add(g.Thing+": exponent at most 1.1", g.Exponent, 1.1, false, "%.2f")
		}
	}
	if f := r.Footprint; f != nil {
		add("resident when idle: under 40 MiB", f.IdleMiB, 40, false, "%.1f")
		add(fmt.Sprintf("resident at %d requests a second: under 48 MiB", f.PerSecond), f.LoadedMiB, 48, false, "%.1f")
		add("binary, stripped: under 45 MiB", f.BinaryMiB, 45, false, "%.1f")
		add("ready on a small cluster: in under 0.3 s", f.ReadySeconds, 0.3, false, "%.2f")
	}
	return all
}

// floorLimit returns how many times the floor a handler may take, 0 for any.
func floorLimit(h *results.Handler) float64 {
	switch {
	case h.Call == results.Validate:
		return 1.6
	case h.Size == "2.6 KB":
		return 2.2
	case h.Size == "4 KB":
		return 0
	default:
		return 1.8
	}
}

// usualLimit returns how many times ours the usual handler must take, 0 for any.
func usualLimit(h *results.Handler) float64 {
	switch h.Size {
	case "2.6 KB":
		return 6
	case "4 KB":
		return 0
	default:
		return 9
	}
}
