package webhook

import (
	"slices"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/kinds"
	"fargate-webhook/webhook/workloads"
)

// warnWorkload passes on what a new pod of a controller is warned of.
func (h *handler) warnWorkload(req *request, v *verdict) {
	if h.Workloads == nil || len(v.warned) == 0 || h.kind != kinds.Pods || req.Operation != admissionv1.Create || req.DryRun != nil && *req.DryRun {
		return
	}
	owner := metav1.GetControllerOfNoCopy(req.object)
	if owner == nil {
		return // its creator has read the warnings
	}
	var ids []string
	for i := range v.warned {
		ids = append(ids, string(v.warned[i].Rule))
	}
	slices.Sort(ids)
	h.Workloads.Warned(&workloads.Warning{Workload: h.topmost(req.Namespace, owner), Rules: slices.Compact(ids), Texts: v.warnings})
}

// topmost returns the controller of a pod, or what controls that, as the Deployment of a ReplicaSet
// and the CronJob of a Job: what people look at.
func (h *handler) topmost(namespace string, owner *metav1.OwnerReference) corev1.ObjectReference {
	if kind := cluster.Find(owner.APIVersion, owner.Kind); kind != nil && kind.Namespaced && !kind.GivenOnly && h.Cluster != nil {
		if object, err := h.Cluster.Get(kind, namespace, owner.Name); err == nil && object.GetUID() == owner.UID {
			if above := metav1.GetControllerOfNoCopy(object); above != nil {
				owner = above
			}
		}
	}
	return corev1.ObjectReference{APIVersion: owner.APIVersion, Kind: owner.Kind, Namespace: namespace, Name: owner.Name, UID: owner.UID}
}
