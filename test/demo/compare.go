package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"fargate-webhook/test/cluster"
)

// place is where a pod is.
type place string

// The places.
const (
	onFargate place = "running on Fargate"
	onEC2     place = "running on EC2"
	nowhere   place = "without a node"
	starting  place = "starting"
)

// placeOf returns where a pod is.
func placeOf(pod *corev1.Pod) place {
	switch {
	case pod.Spec.NodeName == "":
		return nowhere
	case pod.Status.Phase != corev1.PodRunning:
		return starting
	case strings.HasPrefix(pod.Spec.NodeName, "fargate-"):
		return onFargate
	default:
		return onEC2
	}
}

// expectation is what a pod is checked against.
type expectation struct {
	labels           map[string]string // the pod may have more
	requests, limits corev1.ResourceList
	place            place
	event            string // a part of an event of a pod without a node
}

// comparePod compares a pod with an expectation and returns the differences.
func comparePod(pod *corev1.Pod, want expectation) []string {
	var differences []string
	differ := func(format string, args ...any) {
		differences = append(differences, "pod "+pod.Name+": "+fmt.Sprintf(format, args...))
	}
	for _, key := range slices.Sorted(maps.Keys(want.labels)) {
		if got, ok := pod.Labels[key]; !ok {
			differ("has no label %s; want %q", key, want.labels[key])
		} else if got != want.labels[key] {
			differ("label %s is %q; want %q", key, got, want.labels[key])
		}
	}
	if got := placeOf(pod); got != want.place {
		differ("is %s; want %s", got, want.place)
	}
	for i := range pod.Spec.Containers {
		container := &pod.Spec.Containers[i]
		if got, wanted := resources(container.Resources.Requests), resources(want.requests); got != wanted {
			differ("container %s requests %s; want %s", container.Name, got, wanted)
		}
		if got, wanted := resources(container.Resources.Limits), resources(want.limits); got != wanted {
			differ("container %s has limits %s; want %s", container.Name, got, wanted)
		}
	}
	return differences
}

// compareRefusal compares kubectl's exit code and output with a refusal by a rule, and returns the
// differences.
func compareRefusal(file string, result cluster.Result, rule string) []string {
	var differences []string
	if result.Code != 1 {
		differences = append(differences, fmt.Sprintf("%s: kubectl exited with code %d; want 1 (refused)", file, result.Code))
	}
	if want := "\n- " + rule + ": "; !strings.Contains(result.Stderr, want) {
		differences = append(differences, fmt.Sprintf("%s: the output of kubectl does not contain %q", file, want))
	}
	return differences
}

// describe formats a pod for the terminal: its labels and resources, its place, and the event of one
// that hangs. It marks the labels that its template lacks by who has added them.
func describe(pod *corev1.Pod, template map[string]string, event string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  pod %s is %s\n", pod.Name, placeOf(pod))
	for _, key := range slices.Sorted(maps.Keys(pod.Labels)) {
		if strings.HasPrefix(key, "topology.kubernetes.io/") { // the API server copies them from the node
			continue
		}
		mark := ""
		if _, asked := template[key]; key == pinned {
			mark = "   <- added by EKS, which has claimed the pod"
		} else if !asked {
			mark = "   <- added by the webhook"
		}
		fmt.Fprintf(&b, "    label     %s=%s%s\n", key, pod.Labels[key], mark)
	}
	for i := range pod.Spec.Containers {
		container := &pod.Spec.Containers[i]
		fmt.Fprintf(&b, "    container %s requests %s, limits %s\n", container.Name, resources(container.Resources.Requests), resources(container.Resources.Limits))
	}
	if pod.Spec.NodeName != "" {
		fmt.Fprintf(&b, "    node      %s\n", pod.Spec.NodeName)
	}
	if size := provisioned(pod); size != "" {
		fmt.Fprintf(&b, "    size      %s\n", size)
	}
	if event != "" {
		fmt.Fprintf(&b, "    event     %s\n", event)
	}
	return strings.TrimRight(b.String(), "\n")
}

// resources formats a resource list, sorted by name.
func resources(list corev1.ResourceList) string {
	if len(list) == 0 {
		return "none"
	}
	parts := make([]string, 0, len(list))
	for _, name := range slices.Sorted(maps.Keys(list)) {
		amount := list[name]
		parts = append(parts, fmt.Sprintf("%s=%s", name, amount.String()))
	}
	return strings.Join(parts, " ")
}

func quantity(text string) resource.Quantity { return resource.MustParse(text) }
