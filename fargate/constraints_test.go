package fargate

import (
	"errors"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/fargatetest"
)

// quantities makes a resource list of CPU and memory, leaving out "".
func quantities(cpu, memory string) corev1.ResourceList {
	list := corev1.ResourceList{}
	for name, text := range map[corev1.ResourceName]string{corev1.ResourceCPU: cpu, corev1.ResourceMemory: memory} {
		if text != "" {
			list[name] = resource.MustParse(text)
		}
	}
	return list
}

// states makes a container of what its requests and limits say, "" for
// nothing: request and limit of CPU, then of memory.
func states(name, cpu, cpuLimit, memory, memoryLimit string) corev1.Container {
	c := corev1.Container{Name: name}
	if list := quantities(cpu, memory); len(list) > 0 {
		c.Resources.Requests = list
	}
	if list := quantities(cpuLimit, memoryLimit); len(list) > 0 {
		c.Resources.Limits = list
	}
	return c
}

// resourcesCase is a pod of containers and what they become.
type resourcesCase struct {
	settings   func(*Settings)
	annotation string
	cluster    Cluster
	containers []corev1.Container
	size       string
	want       []string // "cpu/limit memory/limit" of each container
}

func (c resourcesCase) run(t *testing.T) {
	t.Helper()
	policy := DefaultPolicy()
	if c.settings != nil {
		c.settings(&policy.Settings)
	}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "pod"}, Spec: corev1.PodSpec{Containers: c.containers}}
	if c.annotation != "" {
		pod.Annotations = map[string]string{ResourcesAnnotation: c.annotation}
	}
	rapid.Check(t, func(t *rapid.T) { // for its T: nothing is drawn
		after, d := mutated(t, pod, policy, c.cluster)
		if d.Size == nil || d.Size.String() != c.size {
			t.Errorf("the size is %v, want %s", d.Size, c.size)
		}
		for i := range after.Spec.Containers {
			if got := statesText(&after.Spec.Containers[i]); i >= len(c.want) || got != c.want[i] {
				t.Errorf("container %d becomes %s, want %v", i, got, c.want)
			}
		}
	})
}

func statesText(c *corev1.Container) string {
	text := func(list corev1.ResourceList, name corev1.ResourceName) string {
		if q, ok := list[name]; ok {
			return q.String()
		}
		return "-"
	}
	r := &c.Resources
	return text(r.Requests, corev1.ResourceCPU) + "/" + text(r.Limits, corev1.ResourceCPU) + " " +
		text(r.Requests, corev1.ResourceMemory) + "/" + text(r.Limits, corev1.ResourceMemory)
}

func containers(list ...corev1.Container) []corev1.Container { return list }

// The policies in numbers.
func TestPolicies(t *testing.T) {
	limitsPolicy := func(s *Settings) { s.Resources = ResourcesLimits }
	minimum := func(s *Settings) { s.Minimum = amount(t, "300m", "300Mi") }
	for name, c := range map[string]resourcesCase{
		"Limits raises to the limits": {
			settings: limitsPolicy, containers: containers(states("a", "10m", "2", "40Mi", "1Gi"), states("b", "100m", "", "100Mi", "")),
			size: "4 vCPU / 8Gi", want: []string{"2/2 1Gi/1Gi", "2/2 6912Mi/6912Mi"},
		},
		"Limits that no size holds fits instead": {
			settings: limitsPolicy, containers: containers(states("a", "10m", "17", "40Mi", "200Gi")),
			size: "0.25 vCPU / 512Mi", want: []string{"250m/250m 256Mi/256Mi"},
		},
		"Off": {
			settings: func(s *Settings) { s.Resources = ResourcesOff }, containers: containers(states("a", "10m", "2", "", "")),
			size: "0.25 vCPU / 512Mi", want: []string{"10m/2 -/-"},
		},
		"annotation Off":    {annotation: "Off", containers: containers(states("a", "10m", "", "", "")), size: "0.25 vCPU / 512Mi", want: []string{"10m/- -/-"}},
		"annotation Limits": {annotation: "Limits", containers: containers(states("a", "10m", "500m", "", "")), size: "0.5 vCPU / 1Gi", want: []string{"500m/500m 768Mi/768Mi"}},
		"annotation Fit":    {settings: limitsPolicy, annotation: "Fit", containers: containers(states("a", "10m", "2", "", "")), size: "0.25 vCPU / 512Mi", want: []string{"250m/250m 256Mi/256Mi"}},
		"annotation that is none": {
			annotation: "fit", containers: containers(states("a", "10m", "", "", "")), size: "0.25 vCPU / 512Mi", want: []string{"250m/250m 256Mi/256Mi"},
		},
		"minimum for who requests nothing": {
			settings: minimum, containers: containers(states("a", "", "", "", ""), states("b", "10m", "", "10Mi", "")),
			size: "0.5 vCPU / 1Gi", want: []string{"484m/484m 743Mi/743Mi", "16m/16m 25Mi/25Mi"},
		},
		"minimum not above a limit": {
			settings: minimum, containers: containers(states("a", "0", "100m", "", "")),
			size: "0.25 vCPU / 1Gi", want: []string{"100m/100m 768Mi/768Mi"},
		},
	} {
		t.Run(name, c.run)
	}
}

// What a LimitRange and a quota allow (L10), in numbers.
func TestConstraints(t *testing.T) {
	containerMax := limits(corev1.LimitRangeItem{Type: corev1.LimitTypeContainer, Max: quantities("150m", "200Mi")})
	podMax := limits(corev1.LimitRangeItem{Type: corev1.LimitTypePod, Max: quantities("200m", "")})
	held := quota(corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{corev1.ResourceLimitsMemory: resource.MustParse("10Gi")}})
	for name, c := range map[string]resourcesCase{
		"container maximum": {
			cluster: containerMax, containers: containers(states("a", "50m", "", "", "")),
			size: "0.25 vCPU / 512Mi", want: []string{"150m/150m 200Mi/200Mi"},
		},
		"what one may not have goes to the others": {
			cluster: containerMax, containers: containers(states("a", "100m", "", "", ""), states("b", "1m", "", "", "")),
			size: "0.25 vCPU / 512Mi", want: []string{"150m/150m 128Mi/128Mi", "100m/100m 128Mi/128Mi"},
		},
		"pod maximum": {
			cluster: podMax, containers: containers(states("a", "50m", "", "", ""), states("b", "50m", "", "", "")),
			size: "0.25 vCPU / 512Mi", want: []string{"100m/100m 128Mi/128Mi", "100m/100m 128Mi/128Mi"},
		},
		"Limits above the pod maximum fits instead": {
			cluster: podMax, annotation: "Limits", containers: containers(states("a", "50m", "1", "", "")),
			size: "0.25 vCPU / 512Mi", want: []string{"200m/200m 256Mi/256Mi"},
		},
		"minimum not above the maximum": {
			cluster: containerMax, settings: func(s *Settings) { s.Minimum = amount(t, "1", "1Gi") }, containers: containers(states("a", "", "", "", "")),
			size: "0.25 vCPU / 512Mi", want: []string{"150m/150m 200Mi/200Mi"},
		},
		"quota": {
			cluster: held, containers: containers(states("a", "10m", "2", "100Mi", ""), states("b", "", "", "", "")),
			size: "0.25 vCPU / 512Mi", want: []string{"10m/10m 100Mi/-", "-/- -/-"},
		},
		"quota, a request of zero": {
			cluster: held, containers: containers(states("a", "0", "2", "", "")), size: "0.25 vCPU / 512Mi", want: []string{"0/2 -/-"},
		},
		"quota, Limits": {
			cluster: held, annotation: "Limits", containers: containers(states("a", "10m", "2", "", "")), size: "0.25 vCPU / 512Mi", want: []string{"10m/2 -/-"},
		},
		"quota, minimum": {
			cluster: held, settings: func(s *Settings) { s.Minimum = amount(t, "1", "1Gi") }, containers: containers(states("a", "", "", "", "")),
			size: "0.25 vCPU / 512Mi", want: []string{"-/- -/-"},
		},
		"quota, but the policy raises": {
			cluster: held, settings: func(s *Settings) { s.UnderQuota = QuotaRaise }, containers: containers(states("a", "", "", "", "")),
			size: "0.25 vCPU / 512Mi", want: []string{"250m/250m 256Mi/256Mi"},
		},
		"quota by quality of service": {
			cluster:    quota(corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{corev1.ResourcePods: resource.MustParse("1")}, Scopes: []corev1.ResourceQuotaScope{corev1.ResourceQuotaScopeNotBestEffort}}),
			containers: containers(states("a", "", "", "", "")), size: "0.25 vCPU / 512Mi", want: []string{"-/- -/-"},
		},
		"quota by quality of service, as a selector": {
			cluster: quota(corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{corev1.ResourcePods: resource.MustParse("1")}, ScopeSelector: &corev1.ScopeSelector{
				MatchExpressions: []corev1.ScopedResourceSelectorRequirement{{ScopeName: corev1.ResourceQuotaScopeBestEffort, Operator: corev1.ScopeSelectorOpExists}},
			}}),
			containers: containers(states("a", "", "", "", "")), size: "0.25 vCPU / 512Mi", want: []string{"-/- -/-"},
		},
		"quota on other things": {
			cluster:    quota(corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{corev1.ResourcePods: resource.MustParse("1"), corev1.ResourceRequestsEphemeralStorage: resource.MustParse("1Gi")}}),
			containers: containers(states("a", "", "", "", "")), size: "0.25 vCPU / 512Mi", want: []string{"250m/250m 256Mi/256Mi"},
		},
	} {
		t.Run(name, c.run)
	}
}

// What can't be looked up is not taken for absent: nothing is set, and it is
// told why.
func TestConstraintsUnknown(t *testing.T) {
	policy := DefaultPolicy()
	pod := &corev1.Pod{Spec: corev1.PodSpec{Containers: make([]corev1.Container, 1)}}
	request := Request{Operation: OperationCreate, Namespace: "apps", Cluster: namespaced{err: errUnknown}}
	if d := Decide(pod, request, everywhere(), &policy); len(d.Patch) > 0 || !errors.Is(d.Trouble, errUnknown) {
		t.Errorf("patch %v, trouble %v", d.Patch, d.Trouble)
	}
}

// L8: under Limits no container ends below its limit, and L2 and L3 hold too,
// for pods that some size holds with all requests at their limits.
func TestLawLimits(t *testing.T) {
	policy := DefaultPolicy()
	policy.Resources = ResourcesLimits
	rapid.Check(t, func(t *rapid.T) {
		pod, _ := fittable(t)
		raised := pod.DeepCopy()
		for _, list := range [2][]corev1.Container{raised.Spec.InitContainers, raised.Spec.Containers} {
			for i := range list {
				r := &list[i].Resources
				for name, q := range r.Limits {
					if request := r.Requests[name]; request.Cmp(q) < 0 {
						r.Requests = withEntry(r.Requests, name, r.Limits)
					}
				}
			}
		}
		size, ok := SizeFor(Requested(&raised.Spec))
		if !ok {
			t.Skip("no size holds its limits")
		}
		after, d := mutated(t, pod, policy, nil)
		if *d.Size != size {
			t.Errorf("the size is %v, want %v", d.Size, size)
		}
		pairs(pod, after, func(name corev1.ResourceName, c *corev1.Container, was, is stated) {
			if is.limit < was.limit || is.request < was.request || is.request != is.limit {
				t.Errorf("L8: %s %s: request %d limit %d became %d and %d", c.Name, name, was.request, was.limit, is.request, is.limit)
			}
		})
		again, _ := mutated(t, after, policy, nil)
		pairs(after, again, func(name corev1.ResourceName, c *corev1.Container, was, is stated) {
			if was != is {
				t.Errorf("L5: %s %s: %v became %v", c.Name, name, was, is)
			}
		})
	})
}

// L10 without an API server: nothing rises above a maximum that it was not
// above before, for one container and for all together.
func TestLawWithinLimitRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod, size := fittable(t)
		most := func(what string) corev1.ResourceList {
			return corev1.ResourceList{
				corev1.ResourceCPU:    fargatetest.Quantity(corev1.ResourceCPU).Draw(t, what),
				corev1.ResourceMemory: fargatetest.Quantity(corev1.ResourceMemory).Draw(t, what),
			}
		}
		forOne, forAll := most("container"), most("pod")
		cluster := namespaced{ranges: []*corev1.LimitRange{
			{Spec: corev1.LimitRangeSpec{Limits: []corev1.LimitRangeItem{{Type: corev1.LimitTypePersistentVolumeClaim}, {Type: corev1.LimitTypeContainer, Max: forOne}}}},
			{Spec: corev1.LimitRangeSpec{Limits: []corev1.LimitRangeItem{{Type: corev1.LimitTypePod, Max: forAll}}}},
		}}
		after, d := mutated(t, pod, DefaultPolicy(), cluster)
		if *d.Size != size {
			t.Errorf("the size was %v and became %v", size, d.Size)
		}
		pairs(pod, after, func(name corev1.ResourceName, c *corev1.Container, was, is stated) {
			if top := thousandths(forOne[name]); is.request > max(was.request, top) || is.request < was.request || is.request != is.limit {
				t.Errorf("%s %s: %v became %v, and one container may have %d", c.Name, name, was, is, top)
			}
		})
		sum := containerSum(&after.Spec, statedAmount)
		if allowed := AmountIn(forAll).atLeast(containerSum(&pod.Spec, statedAmount)); !sum.within(allowed) {
			t.Errorf("all together have %v of %v", sum, allowed)
		}
	})
}
