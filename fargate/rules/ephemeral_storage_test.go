package rules

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// The formula itself is tested in package sizing.
func TestEphemeralStorage(t *testing.T) {
	requests := func(size string) func(*corev1.Pod) {
		return func(p *corev1.Pod) {
			p.Spec.Containers[0].Resources.Requests = corev1.ResourceList{corev1.ResourceEphemeralStorage: resource.MustParse(size)}
		}
	}
	found := func(requested, needed string) Finding {
		return finds("the pod must not request more than 158254Mi of ephemeral-storage: it requests "+requested+
			", for which Fargate would have to provide "+needed+", and it provides at most 175Gi", "spec.containers")
	}
	checkChange(t, EphemeralStorage, requests("100Gi"))
	checkChange(t, EphemeralStorage, requests("160Gi"), found("160Gi", "181Gi"))
	checkChange(t, EphemeralStorage, requests("158255Mi"), found("158255Mi", "179201Mi"))
	checkChange(t, EphemeralStorage, requests("158254Mi"))
	// The edge, in the finest unit that the API keeps.
	checkChange(t, EphemeralStorage, requests("165941918254545m"))
	checkChange(t, EphemeralStorage, requests("165941918254546m"), found("158255Mi", "179201Mi"))
	// It counts as the largest amount.
	checkChange(t, EphemeralStorage, requests("9E"), found("68719477Mi", "75596545Mi"))
	checkChange(t, EphemeralStorage, func(p *corev1.Pod) {
		requests("100Gi")(p)
		p.Spec.Overhead = corev1.ResourceList{corev1.ResourceEphemeralStorage: resource.MustParse("60Gi")}
	}, found("160Gi", "181Gi"))
}
