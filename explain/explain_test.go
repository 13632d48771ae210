package explain_test

import (
	"strings"
	"testing"

	"fargate-webhook/explain"
	"fargate-webhook/fargate/rules/catalog"
)

// The page of a rule says what is checked, why, how to fix it, how to change the action, and where
// that is documented.
func TestEveryRuleHasAPage(t *testing.T) {
	all := catalog.All()
	list, document := explain.List(all), explain.Markdown(all)
	for _, rule := range all {
		id := string(rule.ID)
		page := explain.Text(rule)
		last := -1
		for _, want := range []string{
			id + ": " + rule.Title + "\n", "\nWHAT\n", "\nWHY\n", "\nFIX\n", "\nCHANGE THE ACTION\n", "    " + id + ": Off", string(rule.Default), "compute-type: ec2",
			"\nREFERENCES\n",
		} {
			at := strings.Index(page[last+1:], want)
			if at < 0 {
				t.Errorf("%s: the page must contain %q, in this order:\n%s", id, want, page)
				break
			}
			last += 1 + at
		}
		for _, reference := range rule.References {
			if first, _, _ := strings.Cut(reference, " "); !strings.Contains(page, "\n  - "+first) {
				t.Errorf("%s: the page lacks the reference %q", id, reference)
			}
		}
		if !strings.Contains(list, id) || !strings.Contains(document, "\n## "+id+"\n") || !strings.Contains(document, "(#"+id+")") {
			t.Errorf("%s must be in the list and in the document", id)
		}
		for _, fact := range rule.Facts {
			if !strings.Contains(document, "["+fact+"](facts.md#"+strings.ToLower(fact)+")") {
				t.Errorf("%s: the document must link fact %s", id, fact)
			}
		}
	}
}

// A page fits a terminal. Lines of code and words without a blank may be longer.
func TestPagesFitATerminal(t *testing.T) {
	for _, rule := range catalog.All() {
		for line := range strings.Lines(explain.Text(rule)) {
			line = strings.TrimSuffix(line, "\n")
			isText := strings.HasPrefix(line, " ") && !strings.Contains(line, "Off   #")
			if isText && len([]rune(line)) > 80 && strings.Count(strings.TrimPrefix(strings.TrimSpace(line), "- "), " ") > 0 {
				t.Errorf("%s: a line of %d characters: %s", rule.ID, len([]rune(line)), line)
			}
		}
	}
}
