package fargate

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// findingsOf are those of a pod of Fargate's, as "rule field: message".
func findingsOf(t *testing.T, pod *corev1.Pod, request Request, settings func(*Settings)) []string {
	t.Helper()
	policy := DefaultPolicy()
	if settings != nil {
		settings(&policy.Settings)
	}
	request.Namespace = "apps"
	var out []string
	for _, f := range Decide(pod, request, everywhere(), &policy).Findings {
		if f.Remedy == "" || f.Action != ActionDeny && f.Action != ActionWarn {
			t.Errorf("finding without action or remedy: %+v", f)
		}
		out = append(out, string(f.Action)+" "+string(f.Rule)+" "+f.Field+": "+f.Message)
	}
	return out
}

func podOf(containers ...corev1.Container) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "pod"}, Spec: corev1.PodSpec{Containers: containers}}
}

func annotated(pod *corev1.Pod, value string) *corev1.Pod {
	pod.Annotations = map[string]string{ResourcesAnnotation: value}
	return pod
}

// The rules about sizes: what is told of which pod (F3.6, F3.8, F3.9, S16, S18).
func TestSizeRules(t *testing.T) {
	create := Request{Operation: OperationCreate}
	final := Request{Operation: OperationCreate, Phase: Validating}
	off := func(s *Settings) { s.Resources = ResourcesOff }
	resized := func(old *corev1.Pod) Request {
		old.Spec.SchedulerName = fargateScheduler
		return Request{Operation: OperationUpdate, Phase: Validating, SubResource: SubResourceResize, Old: old}
	}
	podLevel := podOf(states("a", "", "", "", ""))
	podLevel.Spec.Resources = &corev1.ResourceRequirements{Requests: quantities("1", "")}
	emptyPodLevel := podOf(states("a", "", "", "", ""))
	emptyPodLevel.Spec.Resources = &corev1.ResourceRequirements{}
	for name, c := range map[string]struct {
		pod      *corev1.Pod
		request  Request
		settings func(*Settings)
		want     string
	}{
		"the largest":      {pod: podOf(states("a", "16", "", "122624Mi", "")), request: create},
		"too much CPU":     {pod: podOf(states("a", "16001m", "", "10Gi", "")), request: create, want: "Deny pod-size spec.containers: the pod requests 16001m CPU and 10Gi of memory, and CPU is above 16, the most that the largest size leaves beside Fargate's own 256Mi; the nearest size is 16 vCPU / 32Gi"},
		"too much memory":  {pod: podOf(states("a", "1", "", "120Gi", "")), request: create, want: "memory is above 122624Mi, the most that the largest size leaves beside Fargate's own 256Mi; the nearest size is 16 vCPU / 120Gi"},
		"too much of both": {pod: podOf(states("a", "17", "", "120Gi", "")), request: final, want: "CPU is above 16 and memory is above 122624Mi"},
		"limits come down": {pod: podOf(states("a", "1", "9", "1Gi", "90Gi")), request: create},
		"a limit above the size, and nobody brings it down": {
			pod: podOf(states("a", "1", "1001m", "1Gi", "3Gi")), request: create, settings: off,
			want: "Warn limit-above-size spec.containers[0].resources.limits.cpu: container \"a\": its cpu limit 1001m is above the pod's size, 1 vCPU / 2Gi\n" +
				"Warn limit-above-size spec.containers[0].resources.limits.memory: container \"a\": its memory limit 3Gi is above the pod's size, 1 vCPU / 2Gi",
		},
		"a limit of the size":               {pod: podOf(states("a", "1", "1", "1Gi", "2Gi")), request: create, settings: off},
		"a limit raised after us":           {pod: podOf(states("a", "250m", "250m", "256Mi", "1Gi")), request: final, want: "Warn limit-above-size spec.containers[0].resources.limits.memory"},
		"pod-level resources":               {pod: podLevel, request: create, want: "Warn pod-level-resources spec.resources: "},
		"empty pod-level resources":         {pod: emptyPodLevel, request: create},
		"an annotation":                     {pod: annotated(podOf(), "Limits"), request: create},
		"an annotation that says nothing":   {pod: annotated(podOf(), "limits"), request: create, want: `Warn resources-annotation metadata.annotations[fargate-webhook/resources]: fargate-webhook/resources is "limits", and there is no such policy`},
		"resized within the size":           {pod: podOf(states("a", "250m", "250m", "768Mi", "768Mi")), request: resized(podOf(states("a", "100m", "", "512Mi", "")))},
		"resized beyond the size":           {pod: podOf(states("a", "251m", "251m", "768Mi", "768Mi")), request: resized(podOf(states("a", "100m", "", "512Mi", ""))), want: "Warn resize spec.containers: the pod was provisioned with 0.25 vCPU / 1Gi, and the 251m CPU and 768Mi of memory that it is to request don't fit that"},
		"resized beyond the largest size":   {pod: podOf(states("a", "17", "", "", "")), request: resized(podOf(states("a", "1", "", "", ""))), want: "Warn resize "},
		"it was beyond the largest already": {pod: podOf(states("a", "18", "", "", "")), request: resized(podOf(states("a", "17", "", "", "")))},
	} {
		t.Run(name, func(t *testing.T) {
			got := strings.Join(findingsOf(t, c.pod, c.request, c.settings), "\n")
			if !strings.Contains(got, c.want) || (c.want == "") != (got == "") {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}
