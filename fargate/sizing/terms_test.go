package sizing

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/policy"
)

// termsCase is a pod under terms, and what becomes of it.
type termsCase struct {
	policy     policy.Resources // Fit if empty
	minimum    corev1.ResourceList
	ranges     []*corev1.LimitRange
	quotas     []*corev1.ResourceQuota
	containers []corev1.Container
	size       string
	want       []string // "cpu/limit memory/limit" of each container
}

func (c termsCase) run(t *testing.T) {
	t.Helper()
	if c.policy == "" {
		c.policy = policy.ResourcesFit
	}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "pod"}, Spec: corev1.PodSpec{Containers: c.containers}}
	after, plan := admitted(t, pod, NewTerms(c.policy, c.minimum, c.ranges, c.quotas))
	if plan.Size == nil || plan.Size.String() != c.size {
		t.Errorf("size %v, want %s", plan.Size, c.size)
	}
	for i := range after.Spec.Containers {
		if got := fargatetest.ResourcesText(&after.Spec.Containers[i]); i >= len(c.want) || got != c.want[i] {
			t.Errorf("container %d becomes %s, want %v", i, got, c.want)
		}
	}
}

type containers = []corev1.Container

// What each policy makes of requests and limits.
func TestPolicies(t *testing.T) {
	minimum := fargatetest.Quantities("300m", "300Mi")
	for name, c := range map[string]termsCase{
		"Limits raises to the limits": {
			policy: policy.ResourcesLimits, containers: containers{fargatetest.Container("a", "10m", "2", "40Mi", "1Gi"), fargatetest.Container("b", "100m", "", "100Mi", "")},
			size: "4 vCPU / 8Gi", want: []string{"2/2 1Gi/1Gi", "2/2 6912Mi/6912Mi"},
		},
		"Limits that no size holds are fitted": {
			policy: policy.ResourcesLimits, containers: containers{fargatetest.Container("a", "10m", "17", "40Mi", "200Gi")},
			size: "0.25 vCPU / 512Mi", want: []string{"250m/250m 256Mi/256Mi"},
		},
		"Limits of one resource": {
			policy: policy.ResourcesLimits, containers: containers{fargatetest.Container("a", "10m", "500m", "", "")},
			size: "0.5 vCPU / 1Gi", want: []string{"500m/500m 768Mi/768Mi"},
		},
		"Fit lowers a limit": {
			containers: containers{fargatetest.Container("a", "10m", "2", "", "")}, size: "0.25 vCPU / 512Mi", want: []string{"250m/250m 256Mi/256Mi"},
		},
		"Fit raises a request": {
			containers: containers{fargatetest.Container("a", "10m", "", "", "")}, size: "0.25 vCPU / 512Mi", want: []string{"250m/250m 256Mi/256Mi"},
		},
		"Off": {
			policy: policy.ResourcesOff, containers: containers{fargatetest.Container("a", "10m", "2", "", "")}, size: "0.25 vCPU / 512Mi", want: []string{"10m/2 -/-"},
		},
		"minimum for a container without requests": {
			minimum: minimum, containers: containers{fargatetest.Container("a", "", "", "", ""), fargatetest.Container("b", "10m", "", "10Mi", "")},
			size: "0.5 vCPU / 1Gi", want: []string{"484m/484m 743Mi/743Mi", "16m/16m 25Mi/25Mi"},
		},
		"minimum not above a limit": {
			minimum: minimum, containers: containers{fargatetest.Container("a", "0", "100m", "", "")}, size: "0.25 vCPU / 1Gi", want: []string{"100m/100m 768Mi/768Mi"},
		},
	} {
		t.Run(name, c.run)
	}
}

// What a LimitRange allows one container, and all together (L10).
func TestLimitRangeMaxima(t *testing.T) {
	ofContainer := []*corev1.LimitRange{fargatetest.LimitRange(corev1.LimitRangeItem{Type: corev1.LimitTypeContainer, Max: fargatetest.Quantities("150m", "200Mi")})}
	ofPod := []*corev1.LimitRange{fargatetest.LimitRange(corev1.LimitRangeItem{Type: corev1.LimitTypePod, Max: fargatetest.Quantities("200m", "")})}
	for name, c := range map[string]termsCase{
		"container": {
			ranges: ofContainer, containers: containers{fargatetest.Container("a", "50m", "", "", "")}, size: "0.25 vCPU / 512Mi", want: []string{"150m/150m 200Mi/200Mi"},
		},
		"what one may not have goes to the others": {
			ranges: ofContainer, containers: containers{fargatetest.Container("a", "100m", "", "", ""), fargatetest.Container("b", "1m", "", "", "")},
			size: "0.25 vCPU / 512Mi", want: []string{"150m/150m 128Mi/128Mi", "100m/100m 128Mi/128Mi"},
		},
		"pod": {
			ranges: ofPod, containers: containers{fargatetest.Container("a", "50m", "", "", ""), fargatetest.Container("b", "50m", "", "", "")},
			size: "0.25 vCPU / 512Mi", want: []string{"100m/100m 128Mi/128Mi", "100m/100m 128Mi/128Mi"},
		},
		"Limits above the pod's maximum are fitted": {
			ranges: ofPod, policy: policy.ResourcesLimits, containers: containers{fargatetest.Container("a", "50m", "1", "", "")},
			size: "0.25 vCPU / 512Mi", want: []string{"200m/200m 256Mi/256Mi"},
		},
		"minimum above the container's maximum": {
			ranges: ofContainer, minimum: fargatetest.Quantities("1", "1Gi"), containers: containers{fargatetest.Container("a", "", "", "", "")},
			size: "0.25 vCPU / 512Mi", want: []string{"150m/150m 200Mi/200Mi"},
		},
	} {
		t.Run(name, c.run)
	}
}

// Under a ResourceQuota that counts compute resources nothing rises; limits still come down to
// requests.
func TestQuotaHolds(t *testing.T) {
	quota := func(spec corev1.ResourceQuotaSpec) []*corev1.ResourceQuota {
		return []*corev1.ResourceQuota{{Spec: spec}}
	}
	onMemory := quota(corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{corev1.ResourceLimitsMemory: resource.MustParse("10Gi")}})
	onePod := corev1.ResourceList{corev1.ResourcePods: resource.MustParse("1")}
	bare := containers{fargatetest.Container("a", "", "", "", "")}
	const size = "0.25 vCPU / 512Mi"
	for name, c := range map[string]termsCase{
		"Fit":                {quotas: onMemory, containers: containers{fargatetest.Container("a", "10m", "2", "100Mi", ""), fargatetest.Container("b", "", "", "", "")}, size: size, want: []string{"10m/10m 100Mi/-", "-/- -/-"}},
		"a request of zero":  {quotas: onMemory, containers: containers{fargatetest.Container("a", "0", "2", "", "")}, size: size, want: []string{"0/2 -/-"}},
		"Limits":             {quotas: onMemory, policy: policy.ResourcesLimits, containers: containers{fargatetest.Container("a", "10m", "2", "", "")}, size: size, want: []string{"10m/2 -/-"}},
		"minimum":            {quotas: onMemory, minimum: fargatetest.Quantities("1", "1Gi"), containers: bare, size: size, want: []string{"-/- -/-"}},
		"quality of service": {quotas: quota(corev1.ResourceQuotaSpec{Hard: onePod, Scopes: []corev1.ResourceQuotaScope{corev1.ResourceQuotaScopeNotBestEffort}}), containers: bare, size: size, want: []string{"-/- -/-"}},
		"quality of service, by selector": {
			quotas: quota(corev1.ResourceQuotaSpec{Hard: onePod, ScopeSelector: &corev1.ScopeSelector{
				MatchExpressions: []corev1.ScopedResourceSelectorRequirement{{ScopeName: corev1.ResourceQuotaScopeBestEffort, Operator: corev1.ScopeSelectorOpExists}},
			}}),
			containers: bare, size: size, want: []string{"-/- -/-"},
		},
		"other resources": {
			quotas: quota(corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{
				corev1.ResourcePods: resource.MustParse("1"), corev1.ResourceRequestsEphemeralStorage: resource.MustParse("1Gi"),
			}}),
			containers: bare, size: size, want: []string{"250m/250m 256Mi/256Mi"},
		},
	} {
		t.Run(name, c.run)
	}
}
