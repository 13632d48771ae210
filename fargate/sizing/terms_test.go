package sizing

import (
	"slices"
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
	holds      []Hold
	init       []corev1.Container
	containers []corev1.Container
	size       string
	want       []string // "cpu/limit memory/limit" of each container, init containers first
}

func (c termsCase) run(t *testing.T) {
	t.Helper()
	if c.policy == "" {
		c.policy = policy.ResourcesFit
	}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "pod"}, Spec: corev1.PodSpec{InitContainers: c.init, Containers: c.containers}}
	after, plan := admitted(t, pod, NewTerms(c.policy, c.minimum, c.ranges, c.quotas, c.holds...))
	if plan.Size == nil || plan.Size.String() != c.size {
		t.Errorf("size %v, want %s", plan.Size, c.size)
	}
	for i, container := range slices.Concat(after.Spec.InitContainers, after.Spec.Containers) {
		if got := fargatetest.ResourcesText(&container); i >= len(c.want) || got != c.want[i] {
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
			size: "4 vCPU / 8Gi", want: []string{"2/2 1Gi/1Gi", "2/4 6912Mi/7936Mi"},
		},
		"Limits that no size holds are fitted": {
			policy: policy.ResourcesLimits, containers: containers{fargatetest.Container("a", "10m", "17", "40Mi", "200Gi")},
			size: "0.25 vCPU / 512Mi", want: []string{"250m/250m 256Mi/256Mi"},
		},
		"Limits of one resource": {
			policy: policy.ResourcesLimits, containers: containers{fargatetest.Container("a", "10m", "500m", "", "")},
			size: "0.5 vCPU / 1Gi", want: []string{"500m/500m 768Mi/768Mi"},
		},
		"Guaranteed": {
			policy: policy.ResourcesGuaranteed, containers: containers{fargatetest.Container("a", "100m", "200m", "", ""), fargatetest.Container("b", "", "", "100Mi", "4Gi")},
			size: "0.25 vCPU / 512Mi", want: []string{"175m/175m 78Mi/78Mi", "75m/75m 178Mi/178Mi"},
		},
		"Fit shares requests, not limits": {
			containers: containers{fargatetest.Container("a", "100m", "200m", "", ""), fargatetest.Container("b", "", "", "100Mi", "4Gi")},
			size:       "0.25 vCPU / 512Mi", want: []string{"175m/200m 78Mi/256Mi", "75m/250m 178Mi/256Mi"},
		},
		"no unit is left for a container": {
			containers: containers{fargatetest.Container("a", "250m", "", "256Mi", ""), fargatetest.Container("b", "", "", "", "")},
			size:       "0.25 vCPU / 512Mi", want: []string{"250m/250m 256Mi/256Mi", "0/250m 0/256Mi"},
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
			size: "0.5 vCPU / 1Gi", want: []string{"484m/500m 743Mi/768Mi", "16m/500m 25Mi/768Mi"},
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
			size: "0.25 vCPU / 512Mi", want: []string{"150m/150m 128Mi/200Mi", "100m/150m 128Mi/200Mi"},
		},
		"limits that would exceed the pod's maximum together stay unset": {
			ranges: ofPod, containers: containers{fargatetest.Container("a", "50m", "", "", ""), fargatetest.Container("b", "50m", "50m", "", "")},
			size: "0.25 vCPU / 512Mi", want: []string{"150m/- 128Mi/256Mi", "50m/50m 128Mi/256Mi"},
		},
		"a single container gets the pod's maximum": {
			ranges: ofPod, containers: containers{fargatetest.Container("a", "50m", "", "", "")}, size: "0.25 vCPU / 512Mi", want: []string{"200m/200m 256Mi/256Mi"},
		},
		"pod, Guaranteed": {
			ranges: ofPod, policy: policy.ResourcesGuaranteed, containers: containers{fargatetest.Container("a", "50m", "", "", ""), fargatetest.Container("b", "50m", "", "", "")},
			size: "0.25 vCPU / 512Mi", want: []string{"100m/100m 128Mi/128Mi", "100m/100m 128Mi/128Mi"},
		},
		"a ratio to the request": {
			ranges:     []*corev1.LimitRange{fargatetest.LimitRange(corev1.LimitRangeItem{Type: corev1.LimitTypeContainer, MaxLimitRequestRatio: fargatetest.Quantities("1.5", "")})},
			containers: containers{fargatetest.Container("a", "50m", "", "", ""), fargatetest.Container("b", "33m", "", "", "")},
			size:       "0.25 vCPU / 512Mi", want: []string{"151m/226m 128Mi/256Mi", "99m/148m 128Mi/256Mi"},
		},
		"a ratio of the pod's sums": {
			ranges:     []*corev1.LimitRange{fargatetest.LimitRange(corev1.LimitRangeItem{Type: corev1.LimitTypePod, MaxLimitRequestRatio: fargatetest.Quantities("1.5", "2")})},
			containers: containers{fargatetest.Container("a", "50m", "60m", "", ""), fargatetest.Container("b", "50m", "", "", "")},
			size:       "0.25 vCPU / 512Mi", want: []string{"60m/60m 128Mi/256Mi", "190m/250m 128Mi/256Mi"},
		},
		"Limits above the pod's maximum are fitted": {
			ranges: ofPod, policy: policy.ResourcesLimits, containers: containers{fargatetest.Container("a", "50m", "1", "", "")},
			size: "0.25 vCPU / 512Mi", want: []string{"200m/250m 256Mi/256Mi"},
		},
		"minimum above the container's maximum": {
			ranges: ofContainer, minimum: fargatetest.Quantities("1", "1Gi"), containers: containers{fargatetest.Container("a", "", "", "", "")},
			size: "0.25 vCPU / 512Mi", want: []string{"150m/150m 200Mi/200Mi"},
		},
	} {
		t.Run(name, c.run)
	}
}

// Under a ResourceQuota that counts compute resources nothing rises. Limits above the size still
// come down to it, under Guaranteed to the requests, and only a quota that counts no limits lets
// them be added.
func TestQuotaHolds(t *testing.T) {
	quota := func(spec corev1.ResourceQuotaSpec) []*corev1.ResourceQuota {
		return []*corev1.ResourceQuota{{Spec: spec}}
	}
	onMemory := quota(corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{corev1.ResourceLimitsMemory: resource.MustParse("10Gi")}})
	onRequests := quota(corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{corev1.ResourceRequestsCPU: resource.MustParse("10")}})
	onePod := corev1.ResourceList{corev1.ResourcePods: resource.MustParse("1")}
	bare := containers{fargatetest.Container("a", "", "", "", "")}
	const size = "0.25 vCPU / 512Mi"
	for name, c := range map[string]termsCase{
		"limit within the size": {quotas: onMemory, containers: containers{fargatetest.Container("a", "10m", "100m", "", "")}, size: size, want: []string{"10m/100m -/-"}},
		"Guaranteed":            {quotas: onMemory, policy: policy.ResourcesGuaranteed, containers: containers{fargatetest.Container("a", "10m", "2", "100Mi", ""), fargatetest.Container("b", "0", "2", "", "")}, size: size, want: []string{"10m/10m 100Mi/-", "0/250m -/-"}},
		"requests only":         {quotas: onRequests, containers: containers{fargatetest.Container("a", "10m", "2", "100Mi", ""), fargatetest.Container("b", "", "", "", "")}, size: size, want: []string{"10m/250m 100Mi/256Mi", "-/- -/-"}},
		"Fit":                   {quotas: onMemory, containers: containers{fargatetest.Container("a", "10m", "2", "100Mi", ""), fargatetest.Container("b", "", "", "", "")}, size: size, want: []string{"10m/250m 100Mi/-", "-/- -/-"}},
		"a request of zero":     {quotas: onMemory, containers: containers{fargatetest.Container("a", "0", "2", "", "")}, size: size, want: []string{"0/250m -/-"}},
		"Limits":                {quotas: onMemory, policy: policy.ResourcesLimits, containers: containers{fargatetest.Container("a", "10m", "2", "", "")}, size: size, want: []string{"10m/250m -/-"}},
		"minimum":               {quotas: onMemory, minimum: fargatetest.Quantities("1", "1Gi"), containers: bare, size: size, want: []string{"-/- -/-"}},
		"quality of service":    {quotas: quota(corev1.ResourceQuotaSpec{Hard: onePod, Scopes: []corev1.ResourceQuotaScope{corev1.ResourceQuotaScopeNotBestEffort}}), containers: bare, size: size, want: []string{"-/- -/-"}},
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

// What else counts requests keeps them from being raised. Limits above the size come down to it,
// and missing ones are added beside a request, unless the hold says no.
func TestHolds(t *testing.T) {
	hpa := []Hold{{Reason: `HorizontalPodAutoscaler "web"`, CPU: true}}
	vpa := []Hold{{Reason: `VerticalPodAutoscaler "web"`, CPU: true, Memory: true, Limits: true}}
	const size = "0.25 vCPU / 512Mi"
	for name, c := range map[string]termsCase{
		"CPU only":               {holds: hpa, containers: containers{fargatetest.Container("a", "100m", "1", "100Mi", "200Mi")}, size: size, want: []string{"100m/250m 200Mi/200Mi"}},
		"a limit is added":       {holds: hpa, containers: containers{fargatetest.Container("a", "100m", "", "", "")}, size: size, want: []string{"100m/250m 256Mi/256Mi"}},
		"no request, no limit":   {holds: hpa, containers: containers{fargatetest.Container("a", "", "", "", "")}, size: size, want: []string{"-/- 256Mi/256Mi"}},
		"limits too":             {holds: vpa, containers: containers{fargatetest.Container("a", "100m", "", "100Mi", "4Gi")}, size: size, want: []string{"100m/- 100Mi/256Mi"}},
		"both":                   {holds: append(vpa, hpa...), containers: containers{fargatetest.Container("a", "100m", "", "", "")}, size: size, want: []string{"100m/- -/-"}},
		"Limits raises the rest": {holds: hpa, policy: policy.ResourcesLimits, containers: containers{fargatetest.Container("a", "100m", "1", "100Mi", "700Mi")}, size: "0.25 vCPU / 1Gi", want: []string{"100m/250m 700Mi/700Mi"}},
		"minimum of the rest":    {holds: hpa, minimum: fargatetest.Quantities("1", "700Mi"), containers: containers{fargatetest.Container("a", "", "", "", "")}, size: "0.25 vCPU / 1Gi", want: []string{"-/- 768Mi/768Mi"}},
		"Guaranteed":             {holds: hpa, policy: policy.ResourcesGuaranteed, containers: containers{fargatetest.Container("a", "100m", "1", "100Mi", "")}, size: size, want: []string{"100m/100m 256Mi/256Mi"}},
	} {
		t.Run(name, c.run)
	}
}

// Plans name what holds them, quotas too.
func TestPlanNamesHolds(t *testing.T) {
	quota := &corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Name: "team"}, Spec: corev1.ResourceQuotaSpec{Hard: fargatetest.Quantities("10", "")}}
	terms := NewTerms(policy.ResourcesFit, nil, nil, []*corev1.ResourceQuota{quota}, Hold{Reason: `HorizontalPodAutoscaler "web"`, CPU: true})
	plan := NewPlan(&metav1.ObjectMeta{}, &corev1.PodSpec{Containers: containers{fargatetest.Container("a", "10m", "", "", "")}}, terms)
	var reasons []string
	for _, h := range plan.Holds {
		reasons = append(reasons, h.Reason)
	}
	if want := []string{`HorizontalPodAutoscaler "web"`, `ResourceQuota "team"`}; !slices.Equal(reasons, want) {
		t.Errorf("held by %q, want %q", reasons, want)
	}
}

// It isn't known how Fargate counts native sidecars. Where both readings lead to one size limits
// are added. Where they differ, requests stay within both sizes, stated limits come down to the
// larger only, and none are added.
func TestTwoReadingsOfSidecars(t *testing.T) {
	always := corev1.ContainerRestartPolicyAlways
	sidecar := func(cpu, cpuLimit, memory, memoryLimit string) corev1.Container {
		c := fargatetest.Container("proxy", cpu, cpuLimit, memory, memoryLimit)
		c.RestartPolicy = &always
		return c
	}
	for name, c := range map[string]termsCase{
		"one size": {
			init: containers{sidecar("50m", "", "64Mi", "")}, containers: containers{fargatetest.Container("app", "100m", "", "100Mi", "")},
			size: "0.25 vCPU / 512Mi", want: []string{"83m/250m 100Mi/256Mi", "167m/250m 156Mi/256Mi"},
		},
		// 250m and 256Mi by the text of AWS, 400m and 384Mi by Kubernetes' formula.
		"two sizes": {
			init: containers{sidecar("150m", "150m", "128Mi", "128Mi")}, containers: containers{fargatetest.Container("app", "250m", "2", "256Mi", "")},
			size: "0.5 vCPU / 1Gi", want: []string{"150m/150m 128Mi/128Mi", "250m/500m 256Mi/-"},
		},
		"two sizes, the sidecar takes what only it may": {
			init: containers{sidecar("150m", "", "128Mi", "")}, containers: containers{fargatetest.Container("app", "240m", "", "200Mi", "")},
			size: "0.5 vCPU / 1Gi", want: []string{"250m/- 256Mi/-", "250m/- 256Mi/-"},
		},
		"two sizes, an init container": {
			init:       containers{sidecar("300m", "", "512Mi", ""), fargatetest.Container("migrate", "900m", "", "1Gi", "")},
			containers: containers{fargatetest.Container("app", "200m", "", "512Mi", "")},
			size:       "2 vCPU / 4Gi", want: []string{"1/- 1792Mi/-", "1/- 1792Mi/-", "1/- 1792Mi/-"},
		},
		"two sizes, Guaranteed": {
			policy: policy.ResourcesGuaranteed,
			init:   containers{sidecar("150m", "", "128Mi", "")}, containers: containers{fargatetest.Container("app", "250m", "2", "256Mi", "")},
			size: "0.5 vCPU / 1Gi", want: []string{"250m/250m 256Mi/256Mi", "250m/250m 256Mi/256Mi"},
		},
	} {
		t.Run(name, c.run)
	}
}
