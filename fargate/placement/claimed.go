package placement

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// nodePrefix begins the name of every Fargate node (F5.1).
const nodePrefix = "fargate-"

// PriorityClass is the class that EKS gives to every pod that it claims, together with the label
// and the scheduler (F2.5, S32).
const PriorityClass = "system-node-critical"

// Claimed returns where a pod runs that Fargate's scheduler has bound to a node, or that EKS has
// assigned to that scheduler (F2.5, F2.6). ok is false for other pods.
func Claimed(meta *metav1.ObjectMeta, spec *corev1.PodSpec) (place Placement, ok bool) {
	profile, labelled := meta.Labels[ProfileLabel]
	switch {
	case strings.HasPrefix(spec.NodeName, nodePrefix):
		return Placement{Fargate: true, Profile: profile, Reason: fmt.Sprintf("it is bound to node %q", spec.NodeName)}, true
	case spec.NodeName == "" && labelled && spec.SchedulerName == Scheduler:
		return Placement{Fargate: true, Profile: profile, Reason: "EKS has claimed it for the profile"}, true
	}
	return Placement{}, false
}

// ClaimedNow returns the placement of a pod that EKS has just claimed, in the same admission: its
// profile may be so new that it isn't known here yet. ok is false for other pods.
func ClaimedNow(meta *metav1.ObjectMeta, spec *corev1.PodSpec) (place Placement, ok bool) {
	place, ok = Claimed(meta, spec)
	return place, ok && spec.PriorityClassName == PriorityClass
}
