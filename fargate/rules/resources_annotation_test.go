package rules

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/sizing"
)

func TestResourcesAnnotation(t *testing.T) {
	annotated := func(value string) func(*corev1.Pod) {
		return func(p *corev1.Pod) { p.Annotations = map[string]string{sizing.ResourcesAnnotation: value} }
	}
	for _, value := range []string{"Fit", "Guaranteed", "Limits", "Off"} {
		checkChange(t, ResourcesAnnotation, annotated(value))
	}
	checkChange(t, ResourcesAnnotation, annotated("limits"),
		finds(`the annotation fargate-webhook/resources must be Fit, Guaranteed, Limits or Off, not "limits"`, "metadata.annotations[fargate-webhook/resources]"))
	checkChange(t, ResourcesAnnotation, annotated(""),
		finds(`the annotation fargate-webhook/resources must be Fit, Guaranteed, Limits or Off, not ""`, "metadata.annotations[fargate-webhook/resources]"))
}
