package why

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// WriteJSON writes the answer as JSON.
func (a *Answer) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(a)
}

// WriteText writes the answer for people.
func (a *Answer) WriteText(w io.Writer) error {
	var text strings.Builder
	fmt.Fprintf(&text, "%s\n\nLabels:      %s\nAnnotations: %s\n", a.Summary, pairs(a.Labels), pairs(a.Annotations))
	text.WriteString("Profiles:\n")
	for _, p := range a.Profiles {
		fmt.Fprintf(&text, "  %s (%s): %s\n", p.Name, p.Status, map[bool]string{true: "the pod matches " + p.Says, false: p.Says}[p.Matches])
	}
	if len(a.Profiles) == 0 {
		text.WriteString("  there are none\n")
	}
	a.writeEvents(&text)
	a.writeFindings(&text)
	if len(a.Steps) > 0 {
		text.WriteString("What to do:\n")
	}
	for i, step := range a.Steps {
		fmt.Fprintf(&text, "  %d. %s\n", i+1, step)
	}
	_, err := io.WriteString(w, text.String())
	return err
}

func (a *Answer) writeEvents(text *strings.Builder) {
	if len(a.Events) > 0 {
		text.WriteString("Events:\n")
	}
	for i := range a.Events {
		e := &a.Events[i]
		fmt.Fprintf(text, "  %s, %s: %s\n", e.From, e.Reason, e.Message)
		for _, m := range e.Means {
			fmt.Fprintf(text, "    means: %s", m.Text)
			if m.Fact != "" {
				fmt.Fprintf(text, " (%s)", m.Fact)
			}
			text.WriteString("\n")
		}
	}
}

func (a *Answer) writeFindings(text *strings.Builder) {
	if len(a.Findings) > 0 {
		text.WriteString("Findings:\n")
	}
	for i := range a.Findings {
		f := &a.Findings[i]
		fmt.Fprintf(text, "  %s [%s]: %s\n    fix: %s\n", f.Action, f.Rule, f.Message, f.Remedy)
	}
}
