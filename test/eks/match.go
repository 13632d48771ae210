package eks

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// What EKS reads of a pod, and writes on it, when it claims the pod.
const (
	profileLabel      = "eks.amazonaws.com/fargate-profile"
	computeType       = "eks.amazonaws.com/compute-type"
	fargateScheduler  = "fargate-scheduler"
	fargatePriority   = "system-node-critical"
	fargatePriorityAt = 2000001000
)

// matches reports whether a text is as a pattern says: `*` is any number of bytes, `?` exactly one
// (F1.3). Namespaces and labels are ASCII. What is undocumented is read as F1.5 does: `*` spans
// `/`, and case matters.
func matches(pattern, text string) bool {
	for {
		if pattern == "" {
			return text == ""
		}
		if pattern[0] == '*' {
			pattern = strings.TrimLeft(pattern, "*")
			for start := range len(text) + 1 {
				if matches(pattern, text[start:]) {
					return true
				}
			}
			return false
		}
		if text == "" || pattern[0] != '?' && pattern[0] != text[0] {
			return false
		}
		pattern, text = pattern[1:], text[1:]
	}
}

// selects reports whether a selector takes pods with the labels in the namespace: all of its labels
// are there (F1.1).
func (s Selector) selects(namespace string, labels map[string]string) bool {
	if !matches(s.Namespace, namespace) {
		return false
	}
	for key, value := range s.Labels {
		found := false
		for k, v := range labels {
			found = found || matches(key, k) && matches(value, v)
		}
		if !found {
			return false
		}
	}
	return true
}

// claimant returns the name of the profile that takes a pod at its creation, or "". The first by
// name wins (F1.6); a label names another one that must match too (F1.7). What EKS does with a label
// that names no such profile is not known (F1.8): here the pod isn't claimed.
//
// Neither tolerations nor node selection keep a pod from being claimed (F2.11).
func claimant(profiles []Profile, namespace string, pod *corev1.Pod) string {
	if owner := metav1.GetControllerOf(pod); owner != nil && owner.Kind == "DaemonSet" { // F2.9
		return ""
	}
	if pod.Annotations[computeType] == "ec2" { // F1.17
		return ""
	}
	pin, pinned := pod.Labels[profileLabel]
	var names []string
	for _, profile := range profiles {
		if profile.Status != Active || pinned && profile.Name != pin {
			continue
		}
		if slices.ContainsFunc(profile.Selectors, func(s Selector) bool { return s.selects(namespace, pod.Labels) }) {
			names = append(names, profile.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return slices.Min(names)
}

// operation is one of a JSON Patch.
type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"`
}

// claim returns what EKS's webhook changes on a pod that a profile takes (F2.5): its label,
// scheduler and priority, whatever was there. Only the name of a third scheduler stays: such a pod
// is one that fargate-scheduler ignores (F2.12).
func claim(pod *corev1.Pod, profile string) []operation {
	labels := map[string]string{profileLabel: profile}
	maps.Copy(labels, pod.Labels)
	patch := []operation{
		{"add", "/metadata/labels", labels},
		{"add", "/spec/priorityClassName", fargatePriority},
		{"add", "/spec/priority", fargatePriorityAt},
	}
	if name := pod.Spec.SchedulerName; name == "" || name == corev1.DefaultSchedulerName || name == fargateScheduler {
		patch = append(patch, operation{"add", "/spec/schedulerName", fargateScheduler})
	}
	return patch
}
