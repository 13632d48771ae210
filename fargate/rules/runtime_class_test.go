package rules

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestRuntimeClass(t *testing.T) {
	class, none := "gvisor", ""
	checkChange(t, RuntimeClass, func(p *corev1.Pod) { p.Spec.RuntimeClassName = &class },
		finds(`spec.runtimeClassName is "gvisor", and Fargate is not known to have a handler for it`, "spec.runtimeClassName"))
	checkChange(t, RuntimeClass, func(p *corev1.Pod) { p.Spec.RuntimeClassName = &none })
}
