package fargate

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// Stranding is what is decided about a pod that stays Pending, that EKS has not claimed, and that
// it would claim if the pod were created now.
type Stranding struct {
	// Placement is where it would run, and the labels that it would get for that.
	Placement placement.Placement
	// Refused are the findings for which it would be refused instead. Evicting it leaves its
	// workload with one pod less and no replacement.
	Refused []rules.Finding
	// Owner is its controller, nil for a bare pod.
	Owner *metav1.OwnerReference
	// Evict is true when the policy says so, it would be admitted, and its controller replaces it.
	Evict bool
}

// Stranded decides about a pod as if it were created now. ok is false for a pod that isn't
// stranded: it isn't waiting for a node, or would wait for one again. How long it has been waiting
// is for the caller to know.
//
// EKS looks at a pod only when it is created (F1.13, S23): a profile that is created later, or
// becomes ACTIVE later (S6), doesn't take it (F7.4). An exempt pod, by the label of its namespace
// or by the policy, and one in mode Observe get no labels and are never evicted: they are stranded
// only if they match as they stand, as CoreDNS does in a cluster whose profile for kube-system was
// created after it.
func Stranded(pod *corev1.Pod, exempt bool, reader cluster.Reader, index *profiles.Index, p *policy.Policy) (s Stranding, ok bool) {
	if p.For(pod.Namespace).PendingPods == policy.PendingPodsOff || !waitsForNode(pod) {
		return Stranding{}, false
	}
	request := Request{Operation: OperationCreate, Namespace: pod.Namespace, Exempt: exempt, Cluster: reader}
	d := newDecider(&request, index, p)
	if d.settings.Mode == policy.ModeObserve {
		d.exempt = true
	}
	// Most waiting pods have nothing to do with Fargate: that is quick to decide.
	if !placement.Place(pod.Namespace, &pod.ObjectMeta, &pod.Spec, index, d.adds()).Fargate {
		return Stranding{}, false
	}
	o := d.pod(d.subject(&pod.ObjectMeta, &pod.Spec, nil))
	if !o.Placement.Fargate { // its labels would be withheld
		return Stranding{}, false
	}
	s = Stranding{Placement: o.Placement, Owner: metav1.GetControllerOf(pod)}
	if !d.exempt {
		s.Refused = rules.Findings(slices.DeleteFunc(o.violations, func(v rules.Violation) bool { return v.Action != policy.Deny }))
		s.Evict = d.settings.PendingPods == policy.PendingPodsRecreate && len(s.Refused) == 0 && isReplaced(s.Owner)
	}
	return s, true
}

// waitsForNode reports a pod that another scheduler than Fargate's should find a node for, and has
// not. Pods held back by scheduling gates, and those that a node is being cleared for, don't count.
func waitsForNode(pod *corev1.Pod) bool {
	if pod.Status.Phase != corev1.PodPending || pod.Spec.NodeName != "" || pod.Status.NominatedNodeName != "" ||
		pod.DeletionTimestamp != nil || len(pod.Spec.SchedulingGates) > 0 {
		return false
	}
	if _, claimed := placement.Claimed(&pod.ObjectMeta, &pod.Spec); claimed {
		return false
	}
	return !slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodScheduled && c.Status == corev1.ConditionTrue
	})
}

// isReplaced reports whether a controller replaces a pod that is evicted, as draining a node relies
// on. A Job does too, but counts the pod as failed, and may be over after that.
func isReplaced(owner *metav1.OwnerReference) bool {
	return owner != nil && owner.Kind != "Job"
}
