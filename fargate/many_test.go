package fargate

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/profiles"
)

// As many containers as a request body holds are judged in time that grows no
// faster than their number, and left alone; just as many as are shared among
// still get their part, in the order that takes longest.
func TestManyContainers(t *testing.T) {
	policy := DefaultPolicy()
	index := profiles.NewIndex([]profiles.Profile{profile("all", selects("*"))})
	always := corev1.ContainerRestartPolicyAlways
	many := func(n int) *corev1.Pod {
		pod := &corev1.Pod{}
		for i := range n {
			c := corev1.Container{Name: "c"}
			if i%2 == 0 {
				c.RestartPolicy = &always
			}
			pod.Spec.InitContainers = append(pod.Spec.InitContainers, c)
		}
		return pod
	}
	if d := Decide(many(400_000), Request{Operation: OperationCreate, Namespace: "apps"}, index, &policy); len(d.Patch) > 0 || d.Size == nil {
		t.Errorf("%d operations, size %v", len(d.Patch), d.Size)
	}
	if d := Decide(many(maxShared), Request{Operation: OperationCreate, Namespace: "apps"}, index, &policy); len(d.Patch) == 0 {
		t.Error("nothing was handed out")
	}
}
