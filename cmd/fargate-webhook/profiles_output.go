package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"fargate-webhook/profiles"
)

// printable is what can be written for people and for programs. The JSON is that of the value itself.
type printable interface {
	writeText(w io.Writer) error
}

// printed writes in the form that -o names.
func printed(p printable, output string, w io.Writer) error {
	var err error
	if output == "json" {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(p)
	} else {
		err = p.writeText(w)
	}
	if err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

// profileList is the answer of `profiles`.
type profileList struct {
	Profiles []profileItem `json:"profiles"`
	Problems []problemItem `json:"problems"`
}

type profileItem struct {
	Name      string         `json:"name"`
	Status    string         `json:"status"`
	Ignored   bool           `json:"ignored"`
	Selectors []selectorItem `json:"selectors"`
}

type selectorItem struct {
	Namespace string            `json:"namespace"`
	Labels    map[string]string `json:"labels"`
}

// problemItem counts selectors from 1, as the text does; 0 is the profile as a whole.
type problemItem struct {
	Profile  string `json:"profile"`
	Selector int    `json:"selector,omitempty"`
	Text     string `json:"text"`

	line string
}

// profilesReport puts the profiles in the order in which EKS tries them.
func profilesReport(list []profiles.Profile, problems []profiles.Problem) *profileList {
	report := &profileList{Profiles: []profileItem{}, Problems: []problemItem{}}
	for _, p := range list {
		item := profileItem{Name: p.Name, Status: string(p.Status), Ignored: p.Status != profiles.StatusActive, Selectors: []selectorItem{}}
		for _, s := range p.Selectors {
			labels := maps.Clone(s.Labels)
			if labels == nil {
				labels = map[string]string{}
			}
			item.Selectors = append(item.Selectors, selectorItem{s.Namespace, labels})
		}
		report.Profiles = append(report.Profiles, item)
	}
	slices.SortStableFunc(report.Profiles, func(a, b profileItem) int { return strings.Compare(a.Name, b.Name) })
	for _, p := range problems {
		report.Problems = append(report.Problems, problemItem{p.Profile, p.Selector + 1, p.Text, p.String()})
	}
	return report
}

func (r *profileList) writeText(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "PROFILE\tSTATUS\tNAMESPACE\tLABELS") //nolint:errcheck // Flush tells
	for _, p := range r.Profiles {
		name, status := p.Name, p.Status
		if p.Ignored {
			status += ", ignored"
		}
		if len(p.Selectors) == 0 {
			fmt.Fprintf(table, "%s\t%s\t-\t-\n", name, status) //nolint:errcheck // Flush tells
		}
		for _, s := range p.Selectors {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", name, status, s.Namespace, labelsText(s.Labels)) //nolint:errcheck // Flush tells
			name, status = "", ""
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	var text strings.Builder
	if len(r.Problems) > 0 {
		text.WriteString("\n")
	}
	for _, p := range r.Problems {
		text.WriteString(p.line + "\n")
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// labelsText is "key=value,…" in order, "-" for none.
func labelsText(labels map[string]string) string {
	if len(labels) == 0 {
		return "-"
	}
	pairs := make([]string, 0, len(labels))
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		pairs = append(pairs, key+"="+labels[key])
	}
	return strings.Join(pairs, ",")
}
