package report

import (
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/yaml"

	"fargate-webhook/fargate/rules"
	"fargate-webhook/review"
)

// The parts of openreports.io/v1alpha1 that are written.
type (
	openReport struct {
		APIVersion string            `json:"apiVersion"`
		Kind       string            `json:"kind"`
		Metadata   map[string]string `json:"metadata"`
		Source     string            `json:"source"`
		Summary    map[string]int    `json:"summary"`
		Results    []openResult      `json:"results"`
	}
	openResult struct {
		Policy     string            `json:"policy"`
		Rule       string            `json:"rule,omitempty"`
		Category   string            `json:"category"`
		Severity   string            `json:"severity,omitempty"`
		Result     string            `json:"result"`
		Scored     bool              `json:"scored"`
		Resources  []openResource    `json:"resources,omitempty"`
		Message    string            `json:"message"`
		Properties map[string]string `json:"properties,omitempty"`
	}
	openResource struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Namespace  string `json:"namespace,omitempty"`
		Name       string `json:"name,omitempty"`
	}
)

// program is the source of the reports and the policy in them.
const program = "fargate-webhook"

// writeOpenReports writes a Report for each namespace, and a ClusterReport for objects without one and
// for what couldn't be read.
func writeOpenReports(w io.Writer, r *review.Report, _ Options) error {
	reports := map[string]*openReport{}
	in := func(namespace string) *openReport {
		if reports[namespace] == nil {
			reports[namespace] = newOpenReport(namespace)
		}
		return reports[namespace]
	}
	for i := range r.Problems {
		in("").addProblem(&r.Problems[i])
	}
	for k := range r.Items {
		item := &r.Items[k]
		if item.Result == review.ResultSkip && item.NotJudged == "" && len(item.UnknownFields) == 0 {
			continue
		}
		namespace := item.Namespace
		if len(validation.IsDNS1123Label(namespace)) > 0 {
			namespace = "" // no object can be in it
		}
		in(namespace).add(item)
	}
	for n, namespace := range slices.Sorted(maps.Keys(reports)) {
		text, err := yaml.Marshal(reports[namespace])
		if err != nil {
			return err
		}
		if n > 0 {
			text = append([]byte("---\n"), text...)
		}
		if _, err := w.Write(text); err != nil {
			return err
		}
	}
	return nil
}

func newOpenReport(namespace string) *openReport {
	r := &openReport{
		APIVersion: "openreports.io/v1alpha1", Kind: "ClusterReport", Metadata: map[string]string{"name": program + "-review"},
		Source: program, Summary: map[string]int{"pass": 0, "fail": 0, "warn": 0, "error": 0, "skip": 0},
	}
	if namespace != "" {
		r.Kind, r.Metadata["namespace"] = "Report", namespace
	}
	return r
}

// addProblem adds the result of what couldn't be read.
func (r *openReport) addProblem(p *review.Problem) {
	out := openResult{Policy: program, Category: "Fargate", Result: "error", Message: plain(p.Text), Properties: map[string]string{}}
	if p.Source != "" {
		out.Properties["file"] = plain(p.Source)
	}
	if p.Line > 0 {
		out.Properties["line"] = strconv.Itoa(p.Line)
	}
	if p.Minor {
		out.Result = "warn"
	}
	r.Summary[out.Result]++
	r.Results = append(r.Results, out)
}

// add adds the results of an object: one for each finding, or one that it passes.
func (r *openReport) add(i *review.Item) {
	add := func(result, message string, f *rules.Finding, line, column int) {
		out := openResult{
			Policy: program, Category: "Fargate", Result: result, Scored: result == "fail", Message: plain(message),
			Resources:  []openResource{{plain(i.APIVersion), plain(i.Kind), plain(i.Namespace), plain(i.Name)}},
			Properties: map[string]string{"file": plain(i.Source), "line": strconv.Itoa(line)},
		}
		if f != nil {
			out.Rule, out.Severity = string(f.Rule), strings.ToLower(string(f.Severity))
			out.Properties["field"], out.Properties["fix"] = plain(f.Field), plain(f.Remedy)
		}
		if column > 0 {
			out.Properties["column"] = strconv.Itoa(column)
		}
		r.Summary[result]++
		r.Results = append(r.Results, out)
	}
	findings := allFindings(i)
	for k := range findings {
		f := &findings[k]
		result := "warn"
		if refuses(f) {
			result = "fail"
		}
		add(result, f.Message, &f.Finding, f.Line, f.Column)
	}
	for k := range i.Ignored {
		f := &i.Ignored[k]
		add("skip", f.Message+"; ignored: "+f.Reason, &f.Finding, f.Line, f.Column)
	}
	switch {
	case i.NotJudged != "":
		add("skip", i.NotJudged, nil, i.Line, 0)
	case len(findings)+len(i.Ignored) == 0:
		add("pass", i.Placement.Reason, nil, i.Line, 0)
	}
}
