package fargate

import "regexp"

// RuleID names a rule, in kebab case: "node-port".
type RuleID string

// Action is what a finding leads to.
type Action string

const (
	// ActionDeny refuses the object.
	ActionDeny Action = "Deny"
	// ActionWarn admits it with a warning to whoever applied it.
	ActionWarn Action = "Warn"
	// ActionOff says nothing: a policy switches a rule off by it. No finding
	// of a decision has it.
	ActionOff Action = "Off"
)

// Finding is one thing about an object that does not fit Fargate.
type Finding struct {
	Rule   RuleID `json:"rule"`
	Action Action `json:"action"`
	// Field is the path in the object the user wrote: "spec.type".
	Field string `json:"field"`
	// Message says what is wrong, with names and values.
	Message string `json:"message"`
	// Remedy says how to mend it.
	Remedy string `json:"remedy"`
	// subject is the name of the container or volume it is about, empty for
	// the object itself.
	subject string
	// mild is true for what is warned about at most: it isn't certain, or
	// does no harm in some clusters.
	mild bool
	// ofOwner is true in a workload's template for what stands outside of it:
	// Field is then the workload's already.
	ofOwner bool
}

// site is where a finding was made, whatever its words and values, and
// wherever in its list the container or volume stands.
type site struct {
	rule           RuleID
	subject, field string
	// mild tells a warning from what may refuse: the one is not the other's
	// excuse.
	mild bool
}

// newSince keeps the findings that an object did not have before: an update
// is not refused for what was there already.
func newSince(findings, before []Finding) []Finding {
	if len(findings) == 0 || len(before) == 0 {
		return findings
	}
	index := regexp.MustCompile(`\[\d+\]`)
	siteOf := func(f *Finding) site {
		return site{rule: f.Rule, subject: f.subject, field: index.ReplaceAllString(f.Field, ""), mild: f.mild}
	}
	known := make(map[site]int, len(before))
	for i := range before {
		known[siteOf(&before[i])]++
	}
	var kept []Finding
	for i := range findings {
		at := siteOf(&findings[i])
		if known[at] == 0 {
			kept = append(kept, findings[i])
			continue
		}
		known[at]--
	}
	return kept
}
