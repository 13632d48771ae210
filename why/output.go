package why

import (
	"fmt"
	"io"
	"strings"

	"fargate-webhook/internal/text"
)

// WriteJSON writes the answer as JSON.
func (a *Answer) WriteJSON(w io.Writer) error {
	return text.WriteJSON(w, a)
}

// WriteText writes the answer for people.
func (a *Answer) WriteText(w io.Writer) error {
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n\nLabels:      %s\nAnnotations: %s\n", a.Summary, text.Pairs(a.Labels), text.Pairs(a.Annotations))
	out.WriteString("Profiles:\n")
	for _, p := range a.Profiles {
		fmt.Fprintf(&out, "  %s (%s): %s\n", p.Name, p.Status, map[bool]string{true: "the pod matches " + p.Says, false: p.Says}[p.Matches])
	}
	if len(a.Profiles) == 0 {
		out.WriteString("  there are none\n")
	}
	a.writeEvents(&out)
	a.writeFindings(&out)
	if len(a.Steps) > 0 {
		out.WriteString("What to do:\n")
	}
	for i, step := range a.Steps {
		fmt.Fprintf(&out, "  %d. %s\n", i+1, step)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func (a *Answer) writeEvents(out *strings.Builder) {
	if len(a.Events) > 0 {
		out.WriteString("Events:\n")
	}
	for i := range a.Events {
		e := &a.Events[i]
		fmt.Fprintf(out, "  %s, %s: %s\n", e.From, e.Reason, e.Message)
		for _, m := range e.Means {
			fmt.Fprintf(out, "    means: %s", m.Text)
			if m.Fact != "" {
				fmt.Fprintf(out, " (%s)", m.Fact)
			}
			out.WriteString("\n")
		}
	}
}

func (a *Answer) writeFindings(out *strings.Builder) {
	if len(a.Findings) > 0 {
		out.WriteString("Findings:\n")
	}
	for i := range a.Findings {
		f := &a.Findings[i]
		fmt.Fprintf(out, "  %s [%s]: %s\n    fix: %s\n", f.Action, f.Rule, f.Message, f.Remedy)
	}
}
