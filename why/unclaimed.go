package why

import (
	"cmp"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/internal/text"
)

// unclaimed answers for a pod that EKS has not claimed. asNew is the decision on one like it that is
// created now.
func (a *Answer) unclaimed(s *Subject, asNew *fargate.Decision) {
	where := "hangs: EKS has not claimed it for Fargate"
	switch {
	case s.Pod.Spec.NodeName != "":
		where = fmt.Sprintf("runs on node %s and not on Fargate", s.Pod.Spec.NodeName)
	case s.Pod.Status.Phase != corev1.PodPending && s.Pod.Status.Phase != "":
		where = "is not on Fargate"
	case len(s.Pod.Spec.SchedulingGates) > 0:
		a.Hangs = true
		where = fmt.Sprintf("waits for its scheduling gate %q, and EKS has not claimed it for Fargate", s.Pod.Spec.SchedulingGates[0].Name)
	default:
		a.Hangs = true
	}
	place := asNew.Placement
	reason := place.Reason
	if place.Fargate {
		a.Profile = place.Profile
		reason = fmt.Sprintf("a pod like it that is created now runs there (profile %q), but EKS looks at a pod only when it is created", place.Profile)
		a.stranded(s, asNew)
	} else {
		a.unmatched(s.Pod, &place)
	}
	a.Summary = fmt.Sprintf("pod/%s %s: %s.", a.Pod, where, reason)
}

// stranded says what to do about a pod that a profile would take if it were created now.
func (a *Answer) stranded(s *Subject, asNew *fargate.Decision) {
	if a.denied() {
		a.steps("fix what the findings name first: the webhook would refuse the new pod")
	}
	labels := asNew.Placement.Labels
	if s.Exempt || len(labels) == 0 {
		a.steps(deletion(s.Pod))
	} else {
		a.steps(deletion(s.Pod) + "; the webhook adds " + text.Pairs(labels))
	}
	a.steps("if the next pod isn't claimed either: fargate-webhook doctor")
}

// unmatched says what to do about a pod that no profile would take now.
func (a *Answer) unmatched(pod *corev1.Pod, place *placement.Placement) {
	switch {
	case placement.OptedOut(&pod.ObjectMeta):
		a.steps(fmt.Sprintf("to run it on Fargate, remove the annotation %s from the pod template, then %s", placement.OptOut, deletion(pod)))
	case place.Withheld != nil:
		const toRun = "to run it on Fargate, "
		fix := cmp.Or(place.Withheld.Fix, "add "+text.Pairs(place.Withheld.Labels)+" to the pod template")
		a.steps(toRun + strings.TrimPrefix(fix, toRun))
	case place.Pinned != "":
		a.steps(fmt.Sprintf("remove the label %s from the pod template, or name a profile that selects the pod", placement.ProfileLabel))
	case place.KeptOff:
	default:
		a.steps("to run it on Fargate, add the labels that a profile above asks for to the pod template, or create a profile that selects the pod")
	}
	if a.Hangs && !place.KeptOff {
		a.steps("to run it elsewhere, the cluster needs other nodes that the pod fits on")
	}
}
