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
	lacks := s.Workload + " has no pod"
	if s.Earlier {
		lacks += " of its newest revision"
	}
	switch {
	case s.Idle:
		a.Summary = fmt.Sprintf("%s, since it is scaled to 0: %s.", lacks, where)
		return
	case a.denied():
		a.Hangs = true
		a.Summary = lacks + ": the webhook refuses those that it creates."
		a.steps("correct the pod template: its controller then creates pods by itself")
	case len(a.Events) > 0 && a.Events[len(a.Events)-1].Reason == failedCreate:
		a.Hangs = true
		a.Summary = fmt.Sprintf("%s: its events say why; %s.", lacks, where)
		a.steps("correct what the events name: its controller tries again by itself")
	default:
		a.Summary = fmt.Sprintf("%s yet: %s.", lacks, where)
	}
	if !place.Fargate {
		a.unmatched(s.Pod, place)
	}
}
