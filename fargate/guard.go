package fargate

import (
	"fmt"
	"strings"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/traffic"
	"fargate-webhook/policy"
)

// labelCheck is what the guard finds about the labels of a placement.
type labelCheck struct {
	// change is what the labels change about the selectors that match the pod, for the rules that report it.
	change *traffic.LabelChange
	// withheld is the placement without the labels where they would do harm; nil where they may be added.
	withheld *placement.Placement
	// found is what the rules find in the pod with its labels, but for that change, where they were checked.
	found   []rules.Violation
	checked bool
}

// guard decides whether a pod may be given the labels of its placement: first by what selects it, then
// by what Fargate refuses.
func (d *decider) guard(p *rules.Pod, t *template) labelCheck {
	if len(p.Placement.Labels) == 0 {
		return labelCheck{}
	}
	g := d.guardSelection(p, t)
	if g.withheld != nil || !p.Placement.AddsSelectorLabels() {
		return g
	}
	refused := d.guardRefusal(p)
	if refused.withheld == nil {
		refused.change = g.change
	}
	return refused
}

// guardRefusal is the part of guard about what Fargate refuses, where the pod can run elsewhere.
func (d *decider) guardRefusal(p *rules.Pod) labelCheck {
	if d.settings.Nodes == policy.NodesFargateOnly {
		return labelCheck{}
	}
	found := checkThere(p)
	if problem, fix := refusalProblem(found); problem != "" {
		return labelCheck{withheld: withhold(p, problem, fix)}
	}
	return labelCheck{found: found, checked: true}
}

// withhold returns the placement without the labels. A pod that names its profile asks for a
// profile that can't take it then.
func withhold(p *rules.Pod, problem, fix string) *placement.Placement {
	out := p.Placement.Withhold(problem, fix)
	if pin, pinned := p.Meta.Labels[placement.ProfileLabel]; pinned {
		out = placement.BrokenPin(pin, out.Reason)
	}
	return &out
}

// tryAgain is the fix for what can't be looked up.
const tryAgain = "create the pod again once the webhook can look it up"

// checkThere returns what the rules find in a pod with the labels of its placement, but for what these
// change about the selectors that match it.
func checkThere(p *rules.Pod) []rules.Violation {
	there := *p
	there.LabelsMissing = false
	return rules.CheckPod(&there, false)
}

// refusalProblem says by its violations why a pod that runs elsewhere without the labels of its
// placement could not run on Fargate (P3, S39), "" if it could. A policy that only warns of it makes
// no difference, one that turns the rule off does.
func refusalProblem(violations []rules.Violation) (problem, fix string) {
	var denied []string
	unknown := unchecked(violations)
	for _, f := range rules.Findings(rules.Fatal(violations)) {
		denied = append(denied, fmt.Sprintf("%s (%s)", f.Message, f.Rule))
	}
	if len(denied) == 0 {
		return unknown, tryAgain
	}
	const most = 2
	if more := len(denied) - most; more > 0 {
		denied = append(denied[:most], fmt.Sprintf("and %d more problems", more))
	}
	return "Fargate can't run it: " + strings.Join(denied, "; "), "to run it on Fargate, fix this; to keep it elsewhere without this warning, add the annotation " + placement.OptOut
}

// unchecked says what could not be looked up of what Fargate refuses (P8), "" for nothing.
func unchecked(violations []rules.Violation) string {
	for i := range violations {
		if v := &violations[i]; v.Unchecked {
			return fmt.Sprintf("%s %s", v.Subject, v.Problem)
		}
	}
	return ""
}
