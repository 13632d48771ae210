// Package explain writes the pages of the rules, for a terminal and for
// docs/rules.md, from the texts that the rules themselves carry.
package explain

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"fargate-webhook/fargate"
)

// width is that of a page on a terminal, in characters.
const width = 80

// optOut tells how to keep an object out of the judgement altogether.
const optOut = "What is not meant for Fargate is kept off it by the annotation eks.amazonaws.com/compute-type: ec2, on the pod or in the pod template; " +
	"on a DaemonSet or a Service, on the object itself."

// List is a table of the rules, one a line.
func List(rules []fargate.Rule) string {
	var out strings.Builder
	table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "RULE\tDEFAULT\tFINDS THAT") //nolint:errcheck // it writes to memory
	for i := range rules {
		fmt.Fprintf(table, "%s\t%s\t%s\n", rules[i].ID, rules[i].Default, rules[i].Title) //nolint:errcheck // as above
	}
	table.Flush() //nolint:errcheck,gosec // as above
	return out.String()
}

// Text is a rule's page for a terminal.
func Text(rule *fargate.Rule) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s: %s\n", rule.ID, rule.Title)
	for _, part := range parts(rule) {
		fmt.Fprintf(&out, "\n%s\n", strings.ToUpper(part.heading))
		for _, paragraph := range part.paragraphs {
			writeWrapped(&out, paragraph)
		}
		for _, item := range part.items {
			writeWrapped(&out, "- "+item)
		}
	}
	return out.String()
}

// writeWrapped writes a paragraph, indented, in lines of the page's width. A
// line of code, one that is indented already, stays as it is.
func writeWrapped(out *strings.Builder, text string) {
	const indent = "  "
	if strings.HasPrefix(text, " ") {
		out.WriteString(indent + text + "\n")
		return
	}
	line := indent
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > width && strings.TrimSpace(line) != "" {
			out.WriteString(line + "\n")
			line = indent
			if strings.HasPrefix(text, "- ") {
				line += "  "
			}
		}
		if strings.TrimSpace(line) != "" {
			line += " "
		}
		line += word
	}
	out.WriteString(line + "\n")
}

// part is one section of a page.
type part struct {
	heading string
	// paragraphs that begin with a blank are lines of code.
	paragraphs, items []string
}

func parts(rule *fargate.Rule) []part {
	off := []string{"In the policy file (--config), for the cluster or for some namespaces:", "  rules:", fmt.Sprintf("    %s: Off   # or Warn, Deny; it is %s where nothing is said", rule.ID, rule.Default)}
	return []part{
		{heading: "What", paragraphs: []string{rule.What}},
		{heading: "Why", paragraphs: []string{rule.Why}},
		{heading: "How that is known", items: rule.Sources},
		{heading: "How to mend it", paragraphs: []string{sentence(rule.Remedy)}},
		{heading: "How to switch it off", paragraphs: append(off, optOut)},
	}
}

// sentence makes a remedy, which stands behind a colon elsewhere, one.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + strings.TrimSuffix(text[1:], ".") + "."
}

// Markdown is all of docs/rules.md.
func Markdown(rules []fargate.Rule) string {
	var out strings.Builder
	out.WriteString("<!-- Made by `make docs` from the rules themselves: don't edit it here. -->\n# Rules\n\n" +
		"What Fargate can't run, or silently ignores, and what is said of it. `Deny` refuses the object, `Warn` admits it with a warning. A finding that " +
		"refuses a pod is a warning at the Deployment, Job or other workload whose template it is in, unless the policy says otherwise " +
		"([policy.md](policy.md)). `fargate-webhook explain RULE` prints each page on a terminal.\n\n" + optOut + "\n\n| rule | default | finds that |\n|---|---|---|\n")
	for i := range rules {
		fmt.Fprintf(&out, "| [%s](#%[1]s) | %s | %s |\n", rules[i].ID, rules[i].Default, rules[i].Title)
	}
	for i := range rules {
		rule := &rules[i]
		fmt.Fprintf(&out, "\n## %s\n\n%s. Default: `%s`.\n\n%s\n\n*Why.* %s\n\n*How to mend it.* %s\n\n*How that is known.*\n\n",
			rule.ID, sentenceStart(rule.Title), rule.Default, rule.What, rule.Why, sentence(rule.Remedy))
		for _, source := range rule.Sources {
			out.WriteString("- " + source + "\n")
		}
	}
	return out.String()
}

func sentenceStart(text string) string { return strings.TrimSuffix(sentence(text), ".") }
