package rules

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/placement"
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

// On the workload the annotation has no effect, whatever its value: pods don't get it.
func TestResourcesAnnotationOfTheWorkload(t *testing.T) {
	pod := fixtures.Pod()
	p := onFargate(pod)
	p.Template, p.TemplatePath = true, "spec.template"
	p.Around = []placement.Spot{{Meta: &metav1.ObjectMeta{Annotations: map[string]string{sizing.ResourcesAnnotation: "Off"}}, Path: "metadata", Of: "the workload"}}
	got := checkFindings(t, ResourcesAnnotation, p,
		finds("the annotation fargate-webhook/resources of the workload has no effect: pods don't have it", "metadata.annotations[fargate-webhook/resources]"))
	if want := "set fargate-webhook/resources: Off in spec.template.metadata.annotations"; len(got) == 1 && got[0].Remedy != want {
		t.Errorf("got %q, want %q", got[0].Remedy, want)
	}
	pod.Annotations = map[string]string{sizing.ResourcesAnnotation: "Off"} // somebody wants it to be seen
	checkFindings(t, ResourcesAnnotation, p)
}
