package fargate

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestRuntimeClass(t *testing.T) {
	class, none := "gvisor", ""
	checkTold(t, RuleRuntimeClass, func(p *corev1.Pod) { p.Spec.RuntimeClassName = &class },
		`spec.runtimeClassName: runtimeClassName "gvisor" is set, and Fargate is not known to have its handler`)
	checkTold(t, RuleRuntimeClass, func(p *corev1.Pod) { p.Spec.RuntimeClassName = &none })
}
