package fargate

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"fargate-webhook/fargate/fixtures"
)

// typical is a pod of five containers with probes, ports and mounts, and four volumes.
func typical() *corev1.Pod {
	pod := fixtures.Pod()
	for i, source := range []corev1.VolumeSource{
		{EmptyDir: &corev1.EmptyDirVolumeSource{}},
		{ConfigMap: &corev1.ConfigMapVolumeSource{}},
		{Secret: &corev1.SecretVolumeSource{SecretName: "s"}},
		{Projected: &corev1.ProjectedVolumeSource{}},
	} {
		pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: fmt.Sprintf("v%d", i), VolumeSource: source})
	}
	c := container("c", "50m", "64Mi", "50m", "64Mi")
	c.SecurityContext = pod.Spec.Containers[0].SecurityContext
	c.Ports = []corev1.ContainerPort{{ContainerPort: 8080, Protocol: corev1.ProtocolTCP}}
	c.LivenessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Port: intstr.FromInt32(8080)}}}
	c.ReadinessProbe = c.LivenessProbe
	for _, v := range pod.Spec.Volumes {
		c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: v.Name, MountPath: "/" + v.Name})
	}
	pod.Spec.Containers = []corev1.Container{c, c, c, c}
	pod.Spec.InitContainers = []corev1.Container{c}
	return pod
}

// All rules over a typical pod that nothing is wrong with: under 10 µs and 50 allocations.
func BenchmarkRules(b *testing.B) {
	s := subjectOf(typical())
	b.ReportAllocs()
	for b.Loop() {
		if len(s.findings()) > 0 {
			b.Fatal("something is found")
		}
	}
}

// TestRulesAllocate holds the number of allocations, which unlike the time is the same everywhere.
func TestRulesAllocate(t *testing.T) {
	s := subjectOf(typical())
	if n := testing.AllocsPerRun(100, func() { s.findings() }); n > 50 {
		t.Errorf("%v allocations for a typical pod, more than 50", n)
	}
}
