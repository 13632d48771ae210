package webhook

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/rules/catalog"
	"fargate-webhook/internal/text"
	"fargate-webhook/policy"
)

const (
	// shortWarning is the length, in characters, that the API asks warnings to keep to. The fix is
	// given where the warning stays as short as that, and where pods will be refused: then it
	// matters more than the length.
	shortWarning = 120
	// maxWarning is the longest warning that the API server passes on whole, and maxWarnings all
	// that it passes on. It counts characters; bytes are never fewer.
	maxWarning  = 256
	maxWarnings = 4096
)

// warnings returns findings as users of kubectl see them: the most important first, none twice.
// When not all fit they are given without fixes, and the last one counts those that still don't
// fit.
func warnings(findings []rules.Finding) []string {
	if len(findings) == 0 {
		return nil
	}
	ranked := byImportance(findings)
	var texts []string
	var shared []int // how many findings have the same text
	for _, fixes := range []bool{true, false} {
		texts, shared = warningTexts(ranked, fixes)
		if sum(texts) <= maxWarnings {
			return texts
		}
	}
	rest := func(n int) string {
		noun := "findings"
		if n == 1 {
			noun = "finding"
		}
		return fmt.Sprintf("%d more %s: run fargate-webhook review", n, noun)
	}
	room, more, kept := maxWarnings-len(rest(len(findings))), len(findings), 0
	for room >= len(texts[kept]) {
		room -= len(texts[kept])
		more -= shared[kept]
		kept++
	}
	return append(texts[:kept], rest(more))
}

// byImportance puts first what refuses the pods of a workload once they are created, and other
// findings of rules that deny by default.
func byImportance(findings []rules.Finding) []rules.Finding {
	rank := func(f *rules.Finding) int {
		if r := catalog.ByID(f.Rule); r != nil && r.Default == policy.Deny {
			return 0
		}
		return 1
	}
	return slices.SortedStableFunc(slices.Values(findings), func(a, b rules.Finding) int { return rank(&a) - rank(&b) })
}

// warningTexts returns the texts of findings, each once, and how many findings have it.
func warningTexts(findings []rules.Finding, fixes bool) (texts []string, shared []int) {
	at := map[string]int{}
	for i := range findings {
		warning := warningText(&findings[i], fixes)
		index, known := at[warning]
		if !known {
			index = len(texts)
			at[warning] = index
			texts, shared = append(texts, warning), append(shared, 0)
		}
		shared[index]++
	}
	return texts, shared
}

// warningText returns the fullest text that is short enough.
func warningText(f *rules.Finding, fix bool) string {
	plain := fmt.Sprintf("%s: %s", f.Rule, f.Message)
	switch {
	case f.WouldDeny:
		plain = "would be refused (mode Observe): " + plain
	case f.PodsRefused:
		plain = "Fargate will refuse these pods: " + plain
	}
	plain = printable(plain)
	most := shortWarning
	if f.PodsRefused {
		most = maxWarning
	}
	if full := printable(plain + "; " + f.Remedy); fix && f.Remedy != "" && len(full) <= most {
		return full
	}
	return text.Truncate(plain, maxWarning)
}

// printable makes a text fit for an HTTP header: the API server drops warnings with control
// characters, and terminals show the rest.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

func sum(texts []string) (total int) {
	for _, text := range texts {
		total += len(text)
	}
	return total
}
