package fargate

import (
	"encoding/json"
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/sizing"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// BenchmarkDecide decides about a pod of five containers that lacks its profile's label. Beside it
// stands what it costs to marshal the pod once: webhooks that compare two marshalled pods do so
// twice.
func BenchmarkDecide(b *testing.B) {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "web"}}}
	for i := range 5 {
		pod.Spec.Containers = append(pod.Spec.Containers, fargatetest.Container(fmt.Sprintf("c%d", i), "50m", "", "64Mi", ""))
	}
	p := policy.Default()
	index := profiles.NewIndex([]profiles.Profile{fargatetest.Profile("apps", fargatetest.Selects("apps", "run", "on-fargate"))})
	b.Run("decide", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Decide(pod, Request{Operation: OperationCreate, Namespace: "apps"}, index, &p)
		}
	})
	b.Run("marshal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := json.Marshal(pod); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// typicalPod returns a pod of five containers with probes, ports and mounts, and four volumes, to
// which no rule objects.
func typicalPod() *rules.Pod {
	pod := fixtures.Pod()
	for i, source := range []corev1.VolumeSource{
		{EmptyDir: &corev1.EmptyDirVolumeSource{}},
		{ConfigMap: &corev1.ConfigMapVolumeSource{}},
		{Secret: &corev1.SecretVolumeSource{SecretName: "s"}},
		{Projected: &corev1.ProjectedVolumeSource{}},
	} {
		pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: fmt.Sprintf("v%d", i), VolumeSource: source})
	}
	c := fargatetest.Container("c", "50m", "50m", "64Mi", "64Mi")
	c.SecurityContext = pod.Spec.Containers[0].SecurityContext
	c.Ports = []corev1.ContainerPort{{ContainerPort: 8080, Protocol: corev1.ProtocolTCP}}
	c.LivenessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Port: intstr.FromInt32(8080)}}}
	c.ReadinessProbe = c.LivenessProbe
	for _, v := range pod.Spec.Volumes {
		c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: v.Name, MountPath: "/" + v.Name})
	}
	pod.Spec.Containers = []corev1.Container{c, c, c, c}
	pod.Spec.InitContainers = []corev1.Container{c}
	p := policy.Default()
	return &rules.Pod{
		Namespace: fixtures.Namespace, Meta: &pod.ObjectMeta, Spec: &pod.Spec, Settings: &p.Settings,
		Placement: placement.Placement{Fargate: true, Profile: fixtures.Profile}, Plan: sizing.AsItStands(&pod.Spec),
	}
}

// BenchmarkRules checks a typical pod against all rules: under 10 µs and 50 allocations.
func BenchmarkRules(b *testing.B) {
	pod := typicalPod()
	b.ReportAllocs()
	for b.Loop() {
		if found := rules.CheckPod(pod, false); len(found) > 0 {
			b.Fatal(rules.Findings(found))
		}
	}
}

// The rules allocate little for a typical pod. Unlike time, the number is the same on every
// machine.
func TestRulesAllocateLittle(t *testing.T) {
	pod := typicalPod()
	if n := testing.AllocsPerRun(100, func() { rules.CheckPod(pod, false) }); n > 50 {
		t.Errorf("%v allocations for a typical pod, want at most 50", n)
	}
}
