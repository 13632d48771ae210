package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"fargate-webhook/fargate/jsonpatch"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/sizing"
	"fargate-webhook/internal/text"
	"fargate-webhook/kinds"
	"fargate-webhook/review"
)

func runsOn(i *review.Item) string {
	if kinds.Find(i.APIVersion, i.Kind) == nil && i.PodTemplate == "" { // a Namespace
		return "-"
	}
	return placedOn(&i.Placement)
}

func placedOn(p *review.Placement) string {
	if p.Fargate {
		return "Fargate: " + p.Profile
	}
	return review.NotFargate
}

// outcome is the result, or what happens to the pods of a workload that is itself admitted.
func outcome(i *review.Item) string {
	if i.PodsRefused {
		return "pods denied"
	}
	return string(i.Result)
}

func sizeText(s *review.Size) string {
	if s == nil {
		return "-"
	}
	return s.VCPU + " vCPU / " + s.Memory
}

func usageText(part func(*review.Usage) review.Amount) func(*review.Item) string {
	return func(i *review.Item) string {
		if i.Usage == nil {
			return "-"
		}
		return part(i.Usage).String()
	}
}

// ruleNames lists the rules of an object's findings.
func ruleNames(i *review.Item) string {
	var names []string
	for k := range i.Findings {
		if name := string(i.Findings[k].Rule); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return cmp.Or(strings.Join(names, ","), "-")
}

// wastes reports that something is billed that no container may use.
func wastes(u *review.Usage) bool {
	var none sizing.Amount
	return u != nil && u.Unused != (review.Amount{CPU: none.CPU(), Memory: none.Memory()})
}

// writeDetails writes what the line of an object doesn't say, if there is anything: why it is exempt,
// why its pods don't run on Fargate, which profiles are as near, how they use their size where they
// waste some of it, its findings and its changes. Of objects that aren't judged it names those of
// an API version that isn't served any more, and those that hold a pod template.
func writeDetails(out *lines, i *review.Item) {
	gone := kinds.Removed(i.APIVersion, i.Kind)
	costs := i.Bill.Lines()
	elsewhere, near := !i.Placement.Fargate && i.HasPods(), len(i.Placement.EquallyNear) > 0
	if gone == "" && !elsewhere && !near && !i.Exempt && i.Enforced == nil && i.NotJudged == "" &&
		len(i.UnknownFields)+len(i.Ignored)+len(i.Patch)+len(i.Findings)+len(i.HeldBy)+len(costs) == 0 && !wastes(i.Usage) {
		return
	}
	out.line(0, "")
	out.line(0, "%s:", subject(i))
	if why := cmp.Or(gone, i.NotJudged); why != "" {
		out.line(2, "not judged: %s", why)
	}
	if len(i.UnknownFields) > 0 {
		out.line(2, "unknown fields, which the API server drops or refuses: %s", strings.Join(i.UnknownFields, ", "))
	}
	if i.Exempt {
		out.line(2, "exempt: %s", i.ExemptReason)
	}
	if elsewhere {
		out.line(2, "%s: %s", review.NotFargate, i.Placement.Reason)
	}
	if near {
		out.line(2, "Fargate profile %q: %s", i.Placement.Profile, i.Placement.Reason)
	}
	if u := i.Usage; u != nil {
		out.line(2, "requests %s; handed out %s of %s; unused %s", u.Requested, u.HandedOut, sizeText(i.Size), u.Unused)
	}
	for _, line := range costs {
		out.line(2, "%s", line)
	}
	if len(i.HeldBy) > 0 {
		out.line(2, "requests not raised: counted by %s", strings.Join(i.HeldBy, ", "))
	}
	writeFindings(out, i)
	writePatch(out, 2, i.Patch)
	if e := i.Enforced; e != nil {
		out.line(2, "under mode: Enforce it would run on %s, size %s:", placedOn(&e.Placement), sizeText(e.Size))
		writePatch(out, 4, e.Patch)
	}
}

func writeFindings(out *lines, i *review.Item) {
	for k := range i.Findings {
		writeFinding(out, &i.Findings[k], 2)
	}
	for k := range i.Ignored {
		writeIgnored(out, &i.Ignored[k], 2)
	}
}

func writeFinding(out *lines, f *review.Finding, indent int) {
	if f.WouldDeny {
		out.line(indent, "would be refused under mode: Enforce:")
	}
	out.line(indent, "%s [%s] %s: %s", strings.ToLower(string(f.Action)), f.Rule, fieldText(&f.Finding), f.Message)
	out.line(indent+2, "fix: %s", f.Remedy)
}

func writeIgnored(out *lines, f *review.Ignored, indent int) {
	out.line(indent, "ignored [%s] %s: %s", f.Rule, fieldText(&f.Finding), f.Message)
	out.line(indent+2, "reason: %s", f.Reason)
	if f.Refused {
		out.line(indent+2, "%s", refusedText(f))
	}
}

// refusedText says that an annotation counts in reviews only.
func refusedText(f *review.Ignored) string {
	if f.PodsRefused {
		return "admission refuses its pods nevertheless"
	}
	return "admission refuses it nevertheless"
}

func writePatch(out *lines, indent int, patch jsonpatch.Patch) {
	for _, op := range patch {
		out.line(indent, "%s %s%s", op.Op, op.Path, text.Value(op.Value))
	}
}

// fieldText returns the first field of a finding, and how many more it has.
func fieldText(f *rules.Finding) string {
	if len(f.Fields) <= 1 {
		return f.Field
	}
	return fmt.Sprintf("%s (and %d more)", f.Field, len(f.Fields)-1)
}
