package profiles

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"fargate-webhook/internal/text"
	"fargate-webhook/profiles"
)

// result is the output of the command. Its JSON is that of the value itself.
type result interface {
	writeText(w io.Writer) error
}

// write writes the result in the format of --output.
func write(r result, output string, w io.Writer) error {
	var err error
	if output == "json" {
		err = text.WriteJSON(w, r)
	} else {
		err = r.writeText(w)
	}
	if err != nil {
		return fmt.Errorf("write the output: %w", err)
	}
	return nil
}

// list is the output without --match.
type list struct {
	Profiles []profile `json:"profiles"`
	Problems []problem `json:"problems"`
	// Notes are worth knowing, although nothing is wrong.
	Notes []problem `json:"notes"`
}

type profile struct {
	Name      string     `json:"name"`
	Status    string     `json:"status"`
	Ignored   bool       `json:"ignored"`
	Selectors []selector `json:"selectors"`
}

type selector struct {
	Namespace string            `json:"namespace"`
	Labels    map[string]string `json:"labels"`
}

type problem struct {
	// Profile is empty for a note on the cluster.
	Profile string `json:"profile,omitempty"`
	// Selector counts from 1. It is 0 for a problem of the profile as a whole.
	Selector int    `json:"selector,omitempty"`
	Text     string `json:"text"`
	Fix      string `json:"fix,omitempty"`

	line string
}

// newList sorts the profiles by name, the order in which EKS tries them (F1.6).
func newList(found []profiles.Profile, problems []profiles.Problem) *list {
	l := &list{Profiles: []profile{}, Problems: []problem{}, Notes: []problem{}}
	for _, p := range found {
		item := profile{Name: p.Name, Status: string(p.Status), Ignored: p.Status != profiles.StatusActive, Selectors: []selector{}}
		for _, s := range p.Selectors {
			item.Selectors = append(item.Selectors, selector{s.Namespace, notNil(s.Labels)})
		}
		l.Profiles = append(l.Profiles, item)
	}
	slices.SortStableFunc(l.Profiles, func(a, b profile) int { return strings.Compare(a.Name, b.Name) })
	for _, p := range slices.Concat(problems, profiles.Quotas(found)) {
		item := problem{p.Profile, p.Selector + 1, p.Text, p.Fix, p.String()}
		if p.Note {
			l.Notes = append(l.Notes, item)
		} else {
			l.Problems = append(l.Problems, item)
		}
	}
	return l
}

func (l *list) writeText(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "PROFILE\tSTATUS\tNAMESPACE\tLABELS") //nolint:errcheck // Flush returns the error
	for _, p := range l.Profiles {
		name, status := p.Name, p.Status
		if p.Ignored {
			status += ", ignored"
		}
		if len(p.Selectors) == 0 {
			fmt.Fprintf(table, "%s\t%s\t-\t-\n", name, status) //nolint:errcheck // Flush returns the error
		}
		for _, s := range p.Selectors {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", name, status, s.Namespace, formatLabels(s.Labels)) //nolint:errcheck // Flush returns the error
			name, status = "", ""
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	var text strings.Builder
	if len(l.Problems)+len(l.Notes) > 0 {
		text.WriteString("\n")
	}
	for _, p := range l.Problems {
		text.WriteString(p.line + "\n")
	}
	for _, n := range l.Notes {
		text.WriteString("note: " + n.line + "\n")
	}
	_, err := io.WriteString(w, text.String())
	return err
}
