package fargate

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/kinds"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// disputed reports a new pod that would be refused because it isn't on Fargate as it stands, though
// that may be nobody's fault but ours: the replica that was asked to change it may have decided by
// an earlier list of profiles, may not have known the pod's controller yet, or may not have
// answered where the policy lets pods pass then. EKS settles other disputes: it marks the pods that
// it claims (F2.5).
func (d *decider) disputed(object runtime.Object, o *outcome) bool {
	pod, ok := object.(*corev1.Pod)
	if !ok || d.request.Phase != Validating || d.request.Operation != OperationCreate || !denies(o.violations) {
		return false
	}
	missing := o.Placement.AddsSelectorLabels()
	if o.Placement.Fargate && !missing {
		return false // it is refused for what Fargate can't run
	}
	if missing && (d.policy.FailurePolicy(kinds.Pods.Resource, policy.FailurePolicyFail) == policy.FailurePolicyIgnore || d.hasNewController(pod)) {
		return true
	}
	return slices.ContainsFunc(d.request.Earlier, func(earlier *profiles.Index) bool {
		return !denies(newDecider(d.request, earlier, d.policy).decide(pod).violations)
	})
}

// newController is how much older than its pod a controller is that every replica knows.
const newController = 60 // seconds

// hasNewController reports a pod of a controller that was created only shortly before it, or that
// isn't known here either: labels are withheld while it can't be looked up.
func (d *decider) hasNewController(pod *corev1.Pod) bool {
	owner := metav1.GetControllerOfNoCopy(pod)
	if owner == nil || d.request.Cluster == nil {
		return false
	}
	kind := cluster.Find(owner.APIVersion, owner.Kind)
	if kind == nil {
		return false
	}
	controller, err := d.request.Cluster.Get(kind, d.request.Namespace, owner.Name)
	if err != nil {
		return true
	}
	// The API server has set both, since the pod is validated.
	created, since := pod.CreationTimestamp.Unix(), controller.GetCreationTimestamp()
	return !since.IsZero() && created-since.Unix() < newController
}

func denies(violations []rules.Violation) bool {
	return slices.ContainsFunc(violations, func(v rules.Violation) bool { return v.Action == policy.Deny })
}
