package why

import (
	"fmt"

	"fargate-webhook/fargate"
)

// failedCreate is the reason of events of controllers that can't create a pod.
const failedCreate = "FailedCreate"

// podless answers for a workload that has no pod. asNew is the decision on one that it creates now.
func (a *Answer) podless(s *Subject, asNew *fargate.Decision) {
	place := &asNew.Placement
	where := place.Reason
	if place.Fargate {
		a.Profile = place.Profile
		where = fmt.Sprintf("a new one runs on Fargate (profile %q)", place.Profile)
	}
	switch {
	case s.Idle:
		a.Summary = fmt.Sprintf("%s has no pod, since it is scaled to 0: %s.", s.Workload, where)
		return
	case a.denied():
		a.Hangs = true
		a.Summary = fmt.Sprintf("%s has no pod: the webhook refuses those that it creates.", s.Workload)
		a.steps("correct the pod template: its controller then creates pods by itself")
	case len(a.Events) > 0 && a.Events[len(a.Events)-1].Reason == failedCreate:
		a.Hangs = true
		a.Summary = fmt.Sprintf("%s has no pod: its events say why; %s.", s.Workload, where)
		a.steps("correct what the events name: its controller tries again by itself")
	default:
		a.Summary = fmt.Sprintf("%s has no pod yet: %s.", s.Workload, where)
	}
	if !place.Fargate {
		a.unmatched(s.Pod, place)
	}
}
