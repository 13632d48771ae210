package fargate

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/traffic"
	"fargate-webhook/policy"
)

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

// addedLabels lists the labels that are added to the pod, without the pin.
func addedLabels(p *rules.Pod) string {
	return traffic.LabelList(p.Placement.Labels, placement.ProfileLabel)
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
