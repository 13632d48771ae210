package webhook

import (
	"slices"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
)

// verdict is a decision of the validating phase, with its findings by what they do.
type verdict struct {
	*fargate.Decision
	// denied refuse the object. The others warn of it, and mode Enforce would refuse it for some of those.
	denied, warned, would []rules.Finding
	// warnings are the texts of those that warn.
	warnings []string
}

func verdictOf(decision *fargate.Decision) *verdict {
	denied, warned := split(decision.Findings)
	return &verdict{Decision: decision, denied: denied, warned: warned, would: wouldDeny(warned), warnings: warnings(warned)}
}

// observed reports what mode Enforce would refuse or change.
func (v *verdict) observed() bool { return len(v.would)+len(v.WouldPatch()) > 0 }

// wouldDeny returns the findings that mode Enforce would refuse the object for.
func wouldDeny(findings []rules.Finding) []rules.Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(f rules.Finding) bool { return !f.WouldDeny })
}

// split returns what refuses an object and what is only warned about.
func split(findings []rules.Finding) (denied, warned []rules.Finding) {
	for i := range findings {
		if findings[i].Action == policy.Deny {
			denied = append(denied, findings[i])
		} else {
			warned = append(warned, findings[i])
		}
	}
	return denied, warned
}
