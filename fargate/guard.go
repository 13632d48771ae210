package fargate

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

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

// guardSelection is the part of guard about what selects the pod.
func (d *decider) guardSelection(p *rules.Pod, t *template) labelCheck {
	change := traffic.NewLabelChange(p.Meta.Labels, p.Placement)
	if change.PinsOnly() {
		return d.reportJoins(p, t, change)
	}
	if problem, fix := d.releaseProblem(p, t, change); problem != "" {
		return labelCheck{withheld: withhold(p, problem, fix)}
	}
	if d.settings.LabelJoins == policy.LabelJoinsAllow {
		return d.reportJoins(p, t, change)
	}
	if problem, fix := d.selectionProblem(p, change); problem != "" {
		return labelCheck{withheld: withhold(p, problem, fix)}
	}
	return labelCheck{}
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

// releaseProblem says that the pod's own controller, or that of a template, would no longer select
// the pod once it has the labels of its placement, and create another one (P4, S24, S38). It
// returns "" if it would, or if it isn't known. A controller that can't be looked up is a problem
// too.
func (d *decider) releaseProblem(p *rules.Pod, t *template, change *traffic.LabelChange) (problem, fix string) {
	if t != nil {
		if t.selector != nil && change.Releases(*t.selector) {
			return t.selector.String() + " would no longer select its own pods", fixOfRelease(p)
		}
		return "", ""
	}
	owner := metav1.GetControllerOfNoCopy(p.Meta)
	if owner == nil || d.request.Cluster == nil {
		return "", ""
	}
	releases, err := change.ReleasedBy(d.request.Cluster, d.request.Namespace, owner)
	switch {
	case err != nil:
		return fmt.Sprintf("%s %q, which controls the pod, could not be looked up: %v", owner.Kind, owner.Name, err), tryAgain
	case releases:
		return fmt.Sprintf("%s %q, which controls the pod, would no longer select it and would create another one", owner.Kind, owner.Name), fixOfRelease(p)
	}
	return "", ""
}

func fixOfRelease(p *rules.Pod) string {
	return "change its selector, or add {" + addedLabels(p) + "} to its pod template and selector"
}

// selectionProblem says which objects would start or stop selecting the pod once it has the labels
// of its placement (P4, S24, S38), "" for none. Objects that can't be looked up are a problem too.
func (d *decider) selectionProblem(p *rules.Pod, change *traffic.LabelChange) (problem, fix string) {
	if d.request.Cluster == nil {
		return "", ""
	}
	if err := change.FindAll(d.request.Cluster, d.request.Namespace); err != nil {
		return fmt.Sprintf("what selects the pod could not be looked up: %v", err), tryAgain
	}
	if len(change.Joined)+len(change.Left) == 0 {
		return "", ""
	}
	fix = fmt.Sprintf("if that is intended, add {%s} to the pod template yourself, or set labelJoins: Allow in the policy; otherwise narrow the selectors", addedLabels(p))
	if len(change.Joined) > 0 {
		return traffic.Names(change.Joined) + " would start to select the pod", fix
	}
	return traffic.Names(change.Left) + " would stop selecting the pod", fix
}

// tryAgain is the fix for what can't be looked up.
const tryAgain = "create the pod again once the webhook can look it up"

// addedLabels lists the labels that are added to the pod, without the pin.
func addedLabels(p *rules.Pod) string {
	return traffic.LabelList(p.Placement.Labels, placement.ProfileLabel)
}

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

// reportJoins finds what the labels change about selectors where that is allowed. A controller that
// would adopt the pod still withholds them, and so does a policy that denies label-joins.
func (d *decider) reportJoins(p *rules.Pod, t *template, change *traffic.LabelChange) labelCheck {
	if d.request.Cluster == nil {
		return labelCheck{}
	}
	place := p.Placement
	// Controllers adopt only pods without a controller, which those of a template will have. EKS
	// itself adds the profile label to a pod that it claims as it stands.
	adoptable := t == nil && !change.PinsOnly() && metav1.GetControllerOfNoCopy(p.Meta) == nil
	if adoptable && rules.LabelAdopted.Action(d.settings) != policy.Off {
		change.FindAdopters(d.request.Cluster, d.request.Namespace)
	}
	// What the pod joins is reported when it gets the labels, or when it doesn't for that very
	// reason. Before the validating phase it got them long ago.
	joins := rules.LabelJoins.Action(d.settings)
	denied := joins == policy.Deny
	if denied || joins == policy.Warn && len(change.Adopters) == 0 && d.request.Phase != Validating {
		change.FindJoins(d.request.Cluster, d.request.Namespace)
	}
	switch {
	case len(change.Adopters) > 0:
		return labelCheck{change: change, withheld: withheldFor(place, rules.LabelAdopted)}
	case len(change.Joined)+len(change.Left) == 0:
		return labelCheck{}
	case denied && !change.PinsOnly():
		return labelCheck{change: change, withheld: withheldFor(place, rules.LabelJoins)}
	}
	return labelCheck{change: change}
}

// withheldFor returns the placement of a pod that gets no labels because of a rule, which reports
// it.
func withheldFor(place placement.Placement, rule *rules.Rule) *placement.Placement {
	return &placement.Placement{Reason: fmt.Sprintf("Fargate profile %q would take it with the labels {%s}, which are not added: see rule %s",
		place.Profile, traffic.LabelList(place.Labels, placement.ProfileLabel), rule.ID)}
}
