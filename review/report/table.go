package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"fargate-webhook/fargate/jsonpatch"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/sizing"
	"fargate-webhook/kinds"
	"fargate-webhook/review"
)

// writeTable writes the report for people: a line for each object; then why it is exempt or doesn't
// run on Fargate, which profiles are as near, the part of its size that no container can use, its
// findings and its changes.
func writeTable(w io.Writer, r *review.Report, _ Options) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "RESULT\tKIND\tNAMESPACE\tNAME\tRUNS ON\tSIZE\tSOURCE") //nolint:errcheck // Flush tells
	for i := range r.Items {
		item := &r.Items[i]
		if item.Result == review.ResultSkip {
			continue
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", //nolint:errcheck // Flush tells
			outcome(item), item.Kind, item.Namespace, item.Name, runsOn(item), sizeText(item.Size), item.Source)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	var text strings.Builder
	for i := range r.Items {
		writeDetails(&text, &r.Items[i])
	}
	refused := 0
	for i := range r.Items {
		if r.Items[i].PodsRefused {
			refused++
		}
	}
	fmt.Fprintf(&text, "\n%d denied, %d with denied pods, %d with warnings, %d changed, %d exempt, %d as they are, %d not judged\n",
		r.Summary[review.ResultDeny], refused, r.Summary[review.ResultWarn]-refused, r.Summary[review.ResultChange],
		r.Summary[review.ResultExempt], r.Summary[review.ResultPass], r.Summary[review.ResultSkip])
	if line := r.Bill.Line(); line != "" {
		text.WriteString(line + "\n")
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// notFargate says where pods run that no profile takes: the cluster's other nodes are not known.
const notFargate = "not Fargate"

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
	return notFargate
}

// hasPods reports a pod, or a workload, which makes pods. Other objects lead traffic to pods.
func hasPods(i *review.Item) bool {
	kind := kinds.Find(i.APIVersion, i.Kind)
	return i.PodTemplate != "" || kind != nil && (kind.IsWorkload() || kind == kinds.Pods || kind == kinds.DaemonSets)
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

// writeDetails writes what the line of an object doesn't say, if there is anything: why it is exempt,
// why its pods don't run on Fargate, which profiles are as near, how they use their size where they
// waste some of it, its findings and its changes. Of objects that aren't judged it names those of
// an API version that isn't served any more.
func writeDetails(out *strings.Builder, i *review.Item) {
	gone := kinds.Removed(i.APIVersion, i.Kind)
	costs := i.Bill.Lines()
	elsewhere, near := !i.Placement.Fargate && hasPods(i), len(i.Placement.EquallyNear) > 0
	if gone == "" && !elsewhere && !near && !i.Exempt && i.Enforced == nil && i.NotJudged == "" && len(i.UnknownFields)+len(i.Ignored)+len(i.Patch)+len(i.Findings)+len(i.HeldBy)+len(costs) == 0 && !wastes(i.Usage) {
		return
	}
	template := ""
	if i.PodTemplate != "" {
		template = ", " + i.PodTemplate
	}
	fmt.Fprintf(out, "\n%s %s%s:\n", i.Kind, strings.TrimPrefix(i.Namespace+"/"+i.Name, "/"), template)
	if why := cmp.Or(gone, i.NotJudged); why != "" {
		fmt.Fprintf(out, "  not judged: %s\n", why)
	}
	if len(i.UnknownFields) > 0 {
		fmt.Fprintf(out, "  unknown fields, which the API server drops or refuses: %s\n", strings.Join(i.UnknownFields, ", "))
	}
	if i.Exempt {
		fmt.Fprintf(out, "  exempt: %s\n", i.ExemptReason)
	}
	if elsewhere {
		fmt.Fprintf(out, "  %s: %s\n", notFargate, i.Placement.Reason)
	}
	if near {
		fmt.Fprintf(out, "  Fargate profile %q: %s\n", i.Placement.Profile, i.Placement.Reason)
	}
	if u := i.Usage; u != nil {
		fmt.Fprintf(out, "  requests %s; handed out %s of %s; unused %s\n", u.Requested, u.HandedOut, sizeText(i.Size), u.Unused)
	}
	for _, line := range costs {
		fmt.Fprintf(out, "  %s\n", line)
	}
	if len(i.HeldBy) > 0 {
		fmt.Fprintf(out, "  requests not raised: counted by %s\n", strings.Join(i.HeldBy, ", "))
	}
	for _, f := range i.Findings {
		if f.WouldDeny {
			out.WriteString("  would be refused under mode: Enforce:\n")
		}
		fmt.Fprintf(out, "  %s [%s] %s: %s\n    fix: %s\n", strings.ToLower(string(f.Action)), f.Rule, fieldText(&f.Finding), f.Message, f.Remedy)
	}
	for _, f := range i.Ignored {
		fmt.Fprintf(out, "  ignored [%s] %s: %s\n    reason: %s\n", f.Rule, fieldText(&f.Finding), f.Message, f.Reason)
	}
	writePatch(out, "  ", i.Patch)
	if e := i.Enforced; e != nil {
		fmt.Fprintf(out, "  under mode: Enforce it would run on %s, size %s:\n", placedOn(&e.Placement), sizeText(e.Size))
		writePatch(out, "    ", e.Patch)
	}
}

func writePatch(out *strings.Builder, indent string, patch jsonpatch.Patch) {
	for _, op := range patch {
		fmt.Fprintf(out, "%s%s %s%s\n", indent, op.Op, op.Path, valueText(op.Value))
	}
}

// fieldText returns the first field of a finding, and how many more it has.
func fieldText(f *rules.Finding) string {
	if len(f.Fields) <= 1 {
		return f.Field
	}
	return fmt.Sprintf("%s (and %d more)", f.Field, len(f.Fields)-1)
}

// valueText returns a value to print after its path; nothing for an operation that removes.
func valueText(value any) string {
	if value == nil {
		return ""
	}
	text, err := json.Marshal(value)
	if err != nil {
		return " " + err.Error()
	}
	return " " + string(text)
}

// wastes reports that something is billed that no container may use.
func wastes(u *review.Usage) bool {
	var none sizing.Amount
	return u != nil && u.Unused != (review.Amount{CPU: none.CPU(), Memory: none.Memory()})
}
