package fargate

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/profiles"
)

// Stranding is the judgement of a pod that hangs Pending, that EKS has not
// claimed, and that it would claim if the pod were created now.
type Stranding struct {
	// Placement is where it would be, and what labels it would get for that.
	Placement Placement
	// Refused are the findings for which it would be refused instead. What
	// evicts it then leaves its workload with one pod less, and no other.
	Refused []Finding
	// Owner is its controller, nil for a bare pod.
	Owner *metav1.OwnerReference
	// Evict is true when the policy says so, it would be let in, and its
	// controller makes another for it.
	Evict bool
}

// Stranded judges a pod as if it were created now. ok is false for one that
// isn't stranded: it is not waiting for a node, or would wait for one again.
// How long it has been waiting is for the caller to know.
//
// EKS looks at a pod when it is created and never after (F1.13, S23): a profile
// that comes later, or becomes ACTIVE later (S6), doesn't take it (F7.4). What
// is exempt, because the namespace is labelled so or by the policy, gets no
// labels and is never evicted: it is stranded only if it matches as it stands,
// as CoreDNS does in a cluster whose profile for kube-system came after it.
func Stranded(pod *corev1.Pod, exempt bool, cluster Cluster, index *profiles.Index, policy *Policy) (s Stranding, ok bool) {
	settings := policy.For(pod.Namespace)
	if settings.PendingPods == PendingPodsOff || !waitsForNode(pod) {
		return Stranding{}, false
	}
	request := Request{Operation: OperationCreate, Namespace: pod.Namespace, Cluster: cluster}
	j := judge{request: &request, index: index, settings: settings, exempt: exempt || policy.exempts(&request)}
	// Most pods that wait have nothing to do with Fargate: that is told soon.
	if !Place(pod.Namespace, &pod.ObjectMeta, &pod.Spec, index, j.labels()).Fargate {
		return Stranding{}, false
	}
	d := j.pod(&pod.ObjectMeta, &pod.Spec, nil)
	s = Stranding{Placement: d.Placement, Owner: metav1.GetControllerOf(pod)}
	if !j.exempt {
		s.Refused = slices.DeleteFunc(d.Findings, func(f Finding) bool { return f.Action != ActionDeny })
		s.Evict = settings.PendingPods == PendingPodsRecreate && len(s.Refused) == 0 && makesAnother(s.Owner)
	}
	return s, true
}

// waitsForNode reports a pod that some scheduler other than Fargate's is to
// find a node for, and has not: not one that is held back by scheduling gates,
// nor one that a node is being cleared for.
func waitsForNode(pod *corev1.Pod) bool {
	if pod.Status.Phase != corev1.PodPending || pod.Spec.NodeName != "" || pod.Status.NominatedNodeName != "" ||
		pod.DeletionTimestamp != nil || len(pod.Spec.SchedulingGates) > 0 {
		return false
	}
	if _, taken := claimed(&pod.ObjectMeta, &pod.Spec); taken {
		return false
	}
	return !slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodScheduled && c.Status == corev1.ConditionTrue
	})
}

// makesAnother reports a controller that replaces a pod that is evicted, as
// what drains a node trusts it to. A Job does as well, but counts the pod as
// failed, and may be over with that.
func makesAnother(owner *metav1.OwnerReference) bool {
	return owner != nil && owner.Kind != "Job"
}
