package report

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"fargate-webhook/review"
)

// plain returns a text as one line that a terminal shows as it is: without control characters,
// which may be commands to it, and without those that turn the direction of writing.
func plain(s string) string {
	safe := func(r rune) bool { return r != utf8.RuneError && unicode.IsPrint(r) }
	if strings.IndexFunc(s, func(r rune) bool { return !safe(r) }) < 0 {
		return s
	}
	var out strings.Builder
	for _, r := range s {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			out.WriteByte(' ')
		case r == utf8.RuneError:
			out.WriteRune(r)
		case !safe(r):
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// subject names an object: "Deployment apps/web". It isn't plain.
func subject(i *review.Item) string {
	name := i.Kind + " " + strings.TrimPrefix(i.Namespace+"/"+i.Name, "/")
	if i.PodTemplate != "" {
		name += ", " + i.PodTemplate
	}
	return name
}

// allFindings returns the findings of an object, and those of rule unknown-field.
func allFindings(i *review.Item) []review.Finding {
	return slices.Concat(i.Findings, i.UnknownFindings())
}

// refuses reports a finding for which the object, or its pods, will be refused.
func refuses(f *review.Finding) bool { return f.Action == "Deny" || f.PodsRefused }

// message returns a finding's message and remedy.
func message(f *review.Finding) string { return f.Message + "; fix: " + f.Remedy }
