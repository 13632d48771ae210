package why

import (
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/profiles"
)

// patience is how long a pod that EKS has claimed may wait for its node: one to two minutes are
// usual (F8.9).
const patience = 5 * time.Minute

// claimed answers for a pod that EKS has claimed.
func (a *Answer) claimed(s *Subject, place placement.Placement) {
	a.Fargate, a.Profile = true, place.Profile
	name := fmt.Sprintf("pod/%s", a.Pod)
	if node := s.Pod.Spec.NodeName; node != "" {
		if container, reason := stuck(s.Pod); container != "" {
			a.Hangs = true
			a.Summary = fmt.Sprintf("%s is on Fargate node %s, but its container %q doesn't start: %s.", name, node, container, reason)
			a.steps(fmt.Sprintf("read what the container says: kubectl logs %s -n %s -c %s", a.Pod, a.Namespace, container))
			return
		}
		a.Summary = fmt.Sprintf("%s runs on Fargate node %s (profile %q).", name, node, a.Profile)
		return
	}
	waits := s.Now.Sub(s.Pod.CreationTimestamp.Time).Round(time.Second)
	switch refused := a.refusal(); {
	case refused != nil:
		a.Hangs = true
		a.Summary = fmt.Sprintf("%s hangs: EKS has claimed it for profile %q, but Fargate doesn't run it.", name, a.Profile)
		a.steps(deletion(s.Pod))
	case !slices.ContainsFunc(s.Profiles, func(p profiles.Profile) bool { return p.Name == a.Profile && p.Status == profiles.StatusActive }):
		a.Hangs = true
		a.Summary = fmt.Sprintf("%s hangs: EKS has claimed it for profile %q, which isn't ACTIVE any more.", name, a.Profile)
		a.steps(deletion(s.Pod))
	case waits > patience:
		a.Hangs = true
		a.Summary = fmt.Sprintf("%s hangs: EKS claimed it for profile %q %s ago, and it has no node yet.", name, a.Profile, waits)
		a.steps(deletion(s.Pod), "if the next one hangs too: check the profile's subnets for free IP addresses, and the account's quota of Fargate vCPUs")
	case a.denied():
		a.Summary = fmt.Sprintf("%s waits: EKS claimed it for profile %q %s ago, and makes nodes in one to two minutes, but the findings name what Fargate doesn't run.", name, a.Profile, waits)
		a.steps(deletion(s.Pod))
	default:
		a.Summary = fmt.Sprintf("%s will run on Fargate: EKS claimed it for profile %q %s ago, and makes its node, which takes one to two minutes.", name, a.Profile, waits)
	}
}

// refusal returns the event by which fargate-scheduler refuses a pod, nil for none.
func (a *Answer) refusal() *Event {
	for i := range a.Events {
		e := &a.Events[i]
		if len(e.Means) > 0 && e.Means[0].Fix != "" && (e.From == placement.Scheduler || e.From == "condition PodScheduled") {
			return e
		}
	}
	return nil
}

// stuck returns a container that doesn't start, and why; "" for none.
func stuck(pod *corev1.Pod) (container, reason string) {
	for _, c := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
		if w := c.State.Waiting; w != nil && !slices.Contains([]string{"", "ContainerCreating", "PodInitializing"}, w.Reason) {
			return c.Name, w.Reason
		}
	}
	return "", ""
}
