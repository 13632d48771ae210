package fargate

// RuleID names a rule, in kebab case: "node-port".
type RuleID string

// Action is what a finding leads to.
type Action string

const (
	// ActionDeny refuses the object.
	ActionDeny Action = "Deny"
	// ActionWarn admits it with a warning to whoever applied it.
	ActionWarn Action = "Warn"
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
}

// site is where a finding was made, whatever its words.
type site struct {
	rule  RuleID
	field string
}

func (f Finding) site() site { return site{rule: f.Rule, field: f.Field} }

// newSince keeps the findings that an object did not have before: an update
// is not refused for what was there already.
func newSince(findings, before []Finding) []Finding {
	known := make(map[site]bool, len(before))
	for _, f := range before {
		known[f.site()] = true
	}
	var kept []Finding
	for _, f := range findings {
		if !known[f.site()] {
			kept = append(kept, f)
		}
	}
	return kept
}
