package webhook

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"fargate-webhook/fargate"
	"fargate-webhook/internal/text"
)

const (
	// shortWarning is what the API asks warnings to keep to where they can, in
	// characters. A remedy is told where it leaves a warning as short as that;
	// the field is worth more.
	shortWarning = 120
	// maxWarning is the longest warning that the API server passes on whole,
	// and maxWarnings what it passes on in all. It counts characters; bytes are
	// never fewer.
	maxWarning  = 256
	maxWarnings = 4096
)

// warnings are findings as the user of kubectl sees them: the most important
// first, none twice. When not all have room they go without their remedies,
// and what then has none is counted in the last one.
func warnings(findings []fargate.Finding) []string {
	if len(findings) == 0 {
		return nil
	}
	ranked := byImportance(findings)
	var texts []string
	var shared []int // how many findings say the same
	for _, remedies := range []bool{true, false} {
		texts, shared = warningTexts(ranked, remedies)
		if sum(texts) <= maxWarnings {
			return texts
		}
	}
	rest := func(n int) string {
		noun := "findings"
		if n == 1 {
			noun = "finding"
		}
		return fmt.Sprintf("[fargate-webhook] %d more %s: run fargate-webhook review", n, noun)
	}
	room, more, kept := maxWarnings-len(rest(len(findings))), len(findings), 0
	for room >= len(texts[kept]) {
		room -= len(texts[kept])
		more -= shared[kept]
		kept++
	}
	return append(texts[:kept], rest(more))
}

// byImportance puts first what would refuse the object if the rule had its
// way: such as the pods of a workload, once they are created.
func byImportance(findings []fargate.Finding) []fargate.Finding {
	denies := map[fargate.RuleID]bool{}
	for _, rule := range fargate.Rules() {
		denies[rule.ID] = rule.Default == fargate.ActionDeny
	}
	rank := func(f fargate.Finding) int {
		if denies[f.Rule] {
			return 0
		}
		return 1
	}
	return slices.SortedStableFunc(slices.Values(findings), func(a, b fargate.Finding) int { return rank(a) - rank(b) })
}

// warningTexts are the texts of findings, each once, and how many have it.
func warningTexts(findings []fargate.Finding, remedies bool) (texts []string, shared []int) {
	at := map[string]int{}
	for i := range findings {
		text := warningText(&findings[i], remedies)
		index, known := at[text]
		if !known {
			index = len(texts)
			at[text] = index
			texts, shared = append(texts, text), append(shared, 0)
		}
		shared[index]++
	}
	return texts, shared
}

// warningText is the fullest text that is short enough.
func warningText(f *fargate.Finding, remedy bool) string {
	var texts []string
	if f.Field != "" {
		texts = append(texts, fmt.Sprintf("[%s] %s: %s", f.Rule, f.Field, f.Message))
	}
	texts = append(texts, fmt.Sprintf("[%s] %s", f.Rule, f.Message))
	if full := printable(texts[0] + "; " + f.Remedy); remedy && f.Remedy != "" && len(full) <= shortWarning {
		return full
	}
	for i := range texts {
		texts[i] = printable(texts[i])
		if len(texts[i]) <= maxWarning {
			return texts[i]
		}
	}
	return text.Truncate(texts[len(texts)-1], maxWarning)
}

// printable makes a text fit for an HTTP header: the API server drops warnings
// with control characters, and terminals show the rest.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(text, "\uFFFD"))
}

func sum(texts []string) (total int) {
	for _, text := range texts {
		total += len(text)
	}
	return total
}
