package sizing

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/fargatetest"
)

// Every size is what a pod gets that requests all that it leaves to the containers.
func TestSizes(t *testing.T) {
	all := Sizes()
	for i, size := range all {
		if got, ok := For(size.Budget()); !ok || got != size {
			t.Errorf("%s gets %s", size, got)
		}
		if i > 0 && (size.MilliCPU < all[i-1].MilliCPU || size.MilliCPU == all[i-1].MilliCPU && size.GiB2 <= all[i-1].GiB2) {
			t.Errorf("%s follows %s", size, all[i-1])
		}
	}
	if all[0].Provisioned() != "0.25vCPU 0.5GB" || Largest().Provisioned() != "16vCPU 120GB" {
		t.Errorf("EKS writes %q and %q", all[0].Provisioned(), Largest().Provisioned())
	}
	if len(all) != 74 || all[len(all)-1] != Largest() {
		t.Errorf("%d sizes, the last one %s", len(all), all[len(all)-1])
	}
}

func TestNeededStorage(t *testing.T) {
	for request, want := range map[string]int64{"0": 0, "10Gi": 16 * gibibyte, "100Gi": 115 * gibibyte} {
		spec := &corev1.PodSpec{Containers: []corev1.Container{{}}}
		spec.Containers[0].Resources.Requests = corev1.ResourceList{corev1.ResourceEphemeralStorage: fargatetest.Quantities("1", request)[corev1.ResourceMemory]}
		if got := NeededStorage(spec); got != want {
			t.Errorf("%s: have %d, want %d", request, got, want)
		}
	}
}

// What a pod stated is known from its record, also of another admission.
func TestLawAsStated(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod, _ := drawFittable(t)
		pod.Spec = *fargatetest.Defaulted(&pod.Spec)
		after := fit(t, pod)
		after.ManagedFields = []metav1.ManagedFieldsEntry{{Time: new(metav1.Now())}}
		if got := Requested(AsStated(&after.ObjectMeta, &after.Spec)); got != Requested(&pod.Spec) {
			t.Fatalf("have %+v, want %+v", got, Requested(&pod.Spec))
		}
		metav1.SetMetaDataAnnotation(&after.ObjectMeta, RecordAnnotation, "{")
		if AsStated(&after.ObjectMeta, &after.Spec) != &after.Spec {
			t.Fatal("a record that can't be read changes the pod")
		}
	})
}
