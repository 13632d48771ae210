package removal

import (
	"fmt"
	"io"
	"text/tabwriter"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/internal/text"
)

// WriteJSON writes the value itself.
func (r *Removal) WriteJSON(w io.Writer) error { return text.WriteJSON(w, r) }

// WriteText writes a table, and what to do first.
func (r *Removal) WriteText(w io.Writer) error {
	pods := fmt.Sprintf("%d pods", r.Pods)
	switch r.Pods {
	case 0:
		_, err := fmt.Fprintf(w, "Deleting Fargate profile %q takes down no pod: it runs none.\n", r.Profile)
		return err
	case 1:
		pods = "1 pod"
	}
	if _, err := fmt.Fprintf(w, "Deleting Fargate profile %q takes down %s:\n\n", r.Profile, pods); err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAMESPACE\tWORKLOAD\tPODS\tREPLACED") //nolint:errcheck // Flush returns the error
	for i := range r.Workloads {
		e := &r.Workloads[i]
		fmt.Fprintf(table, "%s\t%s/%s\t%d\t%s\n", e.Namespace, e.Kind, e.Name, e.Pods, e.text()) //nolint:errcheck // Flush returns the error
	}
	if err := table.Flush(); err != nil || !r.helps() {
		return err
	}
	_, err := io.WriteString(w, "\nEKS creates no Fargate profile while another one is DELETING: create the one that is to take these pods first,\nand wait until it is ACTIVE.\n") // F1.11, F1.13
	return err
}

// text says what becomes of the pods.
func (e *Effect) text() string {
	switch e.Outcome {
	case Fargate:
		if len(e.Adds) > 0 {
			return fmt.Sprintf("by Fargate profile %q; the webhook adds %s", e.Profile, placement.LabelsText(e.Adds))
		}
		return fmt.Sprintf("by Fargate profile %q", e.Profile)
	case NotFargate:
		return "by no profile, so on other nodes or Pending: " + e.Reason
	case Refused:
		return "no, the webhook refuses the pods: " + e.Reason
	case NotReplaced:
		return "no: " + e.Reason
	default:
		return "not known: " + e.Reason
	}
}
