package fargate

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/sizing"
	"fargate-webhook/policy"
)

// sizePod returns a pod of one container.
func sizePod(cpu, cpuLimit, memory, memoryLimit string) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "pod"}, Spec: corev1.PodSpec{
		Containers: []corev1.Container{fargatetest.Container("a", cpu, cpuLimit, memory, memoryLimit)},
	}}
}

// sizeFindings returns the findings of a pod on Fargate: "action rule field: message", with every
// field if there are several.
func sizeFindings(t *testing.T, pod *corev1.Pod, request Request, resources policy.Resources) string {
	t.Helper()
	p := policy.Default()
	if resources != "" {
		p.Resources = resources
	}
	request.Namespace = "apps"
	var lines []string
	for _, f := range Decide(pod, request, fargatetest.Everywhere(), &p).Findings {
		if f.Remedy == "" || f.Action != policy.Deny && f.Action != policy.Warn {
			t.Errorf("finding without action or remedy: %+v", f)
		}
		field := f.Field
		if len(f.Fields) > 0 {
			field = strings.Join(f.Fields, " ")
		}
		lines = append(lines, string(f.Action)+" "+string(f.Rule)+" "+field+": "+f.Message)
	}
	return strings.Join(lines, "\n")
}

// admittedPod returns a pod as the mutating phase of its admission leaves it.
func admittedPod(t *testing.T, pod *corev1.Pod) *corev1.Pod {
	t.Helper()
	p := policy.Default()
	d := Decide(pod, Request{Operation: OperationCreate, Phase: Mutating, Namespace: "apps"}, fargatetest.Everywhere(), &p)
	return fargatetest.Patched(t, pod, d.Patch)
}

// Which pods the rules about sizes object to, at which stage of admission (F3.6, F3.8, F3.9, S16,
// S18).
func TestDecideAboutSizes(t *testing.T) {
	create := Request{Operation: OperationCreate}
	final := Request{Operation: OperationCreate, Phase: Validating}
	resized := func(old *corev1.Pod) Request {
		old.Spec.SchedulerName = placement.Scheduler
		return Request{Operation: OperationUpdate, Phase: Validating, SubResource: SubResourceResize, Old: old}
	}
	podLevel := func(r corev1.ResourceRequirements) *corev1.Pod {
		pod := sizePod("", "", "", "")
		pod.Spec.Resources = &r
		return pod
	}
	annotated := func(value string) *corev1.Pod {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "pod"}}
		pod.Annotations = map[string]string{sizing.ResourcesAnnotation: value}
		return pod
	}
	for name, c := range map[string]struct {
		pod       *corev1.Pod
		request   Request
		resources policy.Resources
		want      string
	}{
		"the largest": {pod: sizePod("16", "", "122624Mi", ""), request: create},
		"too much CPU": {
			pod: sizePod("16001m", "", "10Gi", ""), request: create,
			want: "Deny pod-size spec.containers: the pod must not request more than 16 CPU and 122624Mi of memory: it requests 16001m and 10Gi, and the nearest size is 16 vCPU / 32Gi",
		},
		"too much memory":         {pod: sizePod("1", "", "120Gi", ""), request: create, want: "it requests 1 and 120Gi, and the nearest size is 16 vCPU / 120Gi"},
		"too much of both":        {pod: sizePod("17", "", "120Gi", ""), request: final, want: "it requests 17 and 120Gi, and the nearest size is 16 vCPU / 120Gi"},
		"admission lowers limits": {pod: sizePod("1", "2", "1Gi", "3Gi"), request: create},
		"admission cuts a limit": {
			pod: sizePod("150m", "2", "500Mi", "6000Mi"), request: create,
			want: `Warn limit-above-size spec.containers[0].resources.limits.memory: container "a" (memory limit 6000Mi) may use at most 768Mi of memory: ` +
				"the limit is lowered to that, since Fargate provisions 0.25 vCPU / 1Gi for what the pod requests",
		},
		"once admitted": {pod: admittedPod(t, sizePod("150m", "", "500Mi", "6000Mi")), request: final, want: `container "a" (memory limit 6000Mi) may use at most 768Mi of memory: `},
		"policy Off lowers no limits": {
			pod: sizePod("1", "1001m", "1Gi", "3Gi"), request: create, resources: policy.ResourcesOff,
			want: "Warn limit-above-size spec.containers[0].resources.limits.cpu spec.containers[0].resources.limits.memory: " +
				`container "a" (cpu limit 1001m, memory limit 3Gi) must not have a limit above the pod's size, 1 vCPU / 2Gi`,
		},
		"limits of the size":             {pod: sizePod("1", "1", "1Gi", "2Gi"), request: create, resources: policy.ResourcesOff},
		"a limit raised after admission": {pod: sizePod("250m", "250m", "256Mi", "1Gi"), request: final, want: "Warn limit-above-size spec.containers[0].resources.limits.memory: "},
		"pod-level resources":            {pod: podLevel(corev1.ResourceRequirements{Requests: fargatetest.Quantities("1", "")}), request: create, want: "Warn pod-level-resources spec.resources: "},
		"empty pod-level resources":      {pod: podLevel(corev1.ResourceRequirements{}), request: create},
		"annotation":                     {pod: annotated("Limits"), request: create},
		"unknown annotation": {
			pod: annotated("limits"), request: create,
			want: `Warn resources-annotation metadata.annotations[fargate-webhook/resources]: the annotation fargate-webhook/resources must be Fit, Guaranteed, Limits or Off, not "limits"`,
		},
		"resized within the size": {pod: sizePod("250m", "250m", "768Mi", "768Mi"), request: resized(sizePod("100m", "", "512Mi", ""))},
		"resized beyond the size": {
			pod: sizePod("251m", "251m", "768Mi", "768Mi"), request: resized(sizePod("100m", "", "512Mi", "")),
			want: "Warn resize spec.containers: the new requests (251m CPU, 768Mi memory) exceed the size of what the pod requests now (0.25 vCPU / 1Gi, with 256Mi reserved by Fargate)",
		},
		"resized beyond the largest size":   {pod: sizePod("17", "", "", ""), request: resized(sizePod("1", "", "", "")), want: "Warn resize "},
		"it was beyond the largest already": {pod: sizePod("18", "", "", ""), request: resized(sizePod("17", "", "", ""))},
	} {
		t.Run(name, func(t *testing.T) {
			got := sizeFindings(t, c.pod, c.request, c.resources)
			if !strings.Contains(got, c.want) || (c.want == "") != (got == "") {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}
