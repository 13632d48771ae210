package fargate

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// fargateNodePrefix begins the name of every Fargate node (F5.1).
const fargateNodePrefix = "fargate-"

// claimedPriorityClass is the class that EKS gives to every pod it claims, with
// the label and the scheduler (F2.5, S32).
const claimedPriorityClass = "system-node-critical"

// place tells where a pod will run, or runs. EKS claims pods when they are
// created and never after (F1.13, S23): what an update does to the labels
// changes nothing, so that the pod as it was decides.
func (j judge) place(meta *metav1.ObjectMeta, spec *corev1.PodSpec) Placement {
	if j.request.Operation != OperationUpdate {
		if place, ok := claimed(meta, spec); ok && j.request.Phase == Validating && spec.PriorityClassName == claimedPriorityClass {
			// EKS has just claimed it. Its word counts though the profile may
			// be so new that it isn't known here yet.
			return place
		}
		return Place(j.request.Namespace, meta, spec, j.index, j.labels())
	}
	if old, ok := j.request.Old.(*corev1.Pod); ok {
		meta, spec = &old.ObjectMeta, &old.Spec
	}
	if place, ok := claimed(meta, spec); ok {
		return place
	}
	return Place(j.request.Namespace, meta, spec, j.index, LabelsOff)
}

// claimed tells where a pod runs that Fargate's scheduler has bound to a node,
// or that EKS has left to that scheduler (F2.5, F2.6). ok is false for others.
func claimed(meta *metav1.ObjectMeta, spec *corev1.PodSpec) (place Placement, ok bool) {
	profile, labelled := meta.Labels[ProfileLabel]
	switch {
	case strings.HasPrefix(spec.NodeName, fargateNodePrefix):
		return Placement{Fargate: true, Profile: profile, Reason: fmt.Sprintf("it is bound to node %q", spec.NodeName)}, true
	case spec.NodeName == "" && labelled && spec.SchedulerName == fargateScheduler:
		return Placement{Fargate: true, Profile: profile, Reason: "EKS has claimed it for the profile"}, true
	}
	return Placement{}, false
}
