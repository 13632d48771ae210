package webhook

import (
	"slices"
	"strings"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/jsonpatch"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/internal/text"
	"fargate-webhook/policy"
)

// annotations go into the audit log of the cluster, each with the webhook's name before it: the
// profile, the rules that found something and those of them that refuse, what the patch changes or
// would change, and the outcome of all that.
func annotations(decision *fargate.Decision, patch jsonpatch.Patch) map[string]string {
	refusing := rulesOf(decision.Findings, func(f *rules.Finding) bool { return f.Action == policy.Deny || f.WouldDeny })
	var out map[string]string
	for _, a := range [...]struct{ key, value string }{
		{"profile", decision.Placement.Profile},
		{"rules", rulesOf(decision.Findings, func(*rules.Finding) bool { return true })},
		{"refused-by", refusing},
		{"changes", text.Truncate(strings.Join(changedFields(patch), ","), maxPart)},
		{"outcome", outcomeOf(decision, refusing != "", len(patch) > 0)},
	} {
		if a.value == "" {
			continue
		}
		if out == nil {
			out = map[string]string{}
		}
		out[a.key] = a.value
	}
	return out
}

// outcomeOf returns what becomes of the request: "" for one that is admitted as it is, without a
// word.
func outcomeOf(decision *fargate.Decision, refused, changed bool) string {
	would := decision.Enforced != nil
	switch {
	case refused && would:
		return "would-refuse"
	case refused:
		return "refused"
	case changed && would:
		return "would-change"
	case changed:
		return "changed"
	case len(decision.Findings) > 0:
		return "warned"
	}
	return ""
}

// rulesOf returns the rules of certain findings, each once.
func rulesOf(findings []rules.Finding, which func(*rules.Finding) bool) string {
	var ids []string
	for i := range findings {
		if id := string(findings[i].Rule); which(&findings[i]) && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return strings.Join(ids, ",")
}
