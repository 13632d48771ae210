package fargate

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"

	"fargate-webhook/kinds/lbc"
)

// Admission doesn't change a new Service a second time, the validating phase reports the same as a
// review of the original, and no annotation is overwritten.
func TestLawServiceIsChangedOnce(t *testing.T) {
	kinds := rapid.SampledFrom([]corev1.ServiceType{corev1.ServiceTypeNodePort, corev1.ServiceTypeLoadBalancer, corev1.ServiceTypeClusterIP})
	annotations := rapid.MapOf(
		rapid.SampledFrom([]string{lbc.ServiceTypeAnnotation, lbc.ServiceTargetTypeAnnotation, "other"}),
		rapid.SampledFrom([]string{"ip", "instance", "external", "nlb", "nlb-ip", "IP", ""}))
	classes := rapid.SampledFrom([]string{"", lbc.ServiceClass, "eks.amazonaws.com/nlb"})
	rapid.Check(t, func(t *rapid.T) {
		service := webService(kinds.Draw(t, "type"), func(s *corev1.Service) { s.Annotations = annotations.Draw(t, "annotations") })
		if class := classes.Draw(t, "class"); class != "" && service.Spec.Type == corev1.ServiceTypeLoadBalancer {
			service.Spec.LoadBalancerClass = &class
		}
		service.Spec.Ports[0].NodePort = rapid.SampledFrom([]int32{0, 30080}).Draw(t, "nodePort")
		service = patched(t, service, nil) // as the API server sends it: without an empty map
		whole := decideService(service, nil, WholeAdmission, rewriting)
		after := patched(t, service, whole.Patch)
		if again := decideService(after, nil, Mutating, rewriting); len(again.Patch) > 0 {
			t.Errorf("changed again: %s", patchText(t, again.Patch))
		}
		final := decideService(after, nil, Validating, rewriting)
		if got, want := places(&final), places(&whole); !slices.Equal(got, want) {
			t.Errorf("the validating phase reports %q, a review %q", got, want)
		}
		for key, value := range service.Annotations {
			if after.Annotations[key] != value {
				t.Errorf("annotation %s was overwritten", key)
			}
		}
	})
}
