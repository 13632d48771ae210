package prefilter

import (
	"math/rand/v2"
	"reflect"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/matchconditions"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/policy"
)

// random draws a source of random pods.
func random(t *rapid.T) anyPod {
	return anyPod{rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))}
}

// checkSent draws pods, and fails if one with findings isn't sent.
func checkSent(t *testing.T, condition matchconditions.Matcher, p *policy.Policy, draw func(*rapid.T) *corev1.Pod) {
	t.Helper()
	checkKept(t, condition, draw, func(t *rapid.T, pod *corev1.Pod) {
		if ids := found(pod, p); len(ids) > 0 {
			t.Fatalf("findings of %q in a pod that isn't sent: %s", ids, text(pod))
		}
	})
}

// checkKept draws pods, and checks each that isn't sent.
func checkKept(t *testing.T, condition matchconditions.Matcher, draw func(*rapid.T) *corev1.Pod, check func(*rapid.T, *corev1.Pod)) {
	t.Helper()
	sent, kept := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		pod := draw(t)
		if sends(t, condition, pod) {
			sent++
			return
		}
		kept++
		check(t, pod)
	})
	t.Logf("%d sent, %d not", sent, kept)
}

// The condition never fails, whatever the pod, and is true for every pod with findings.
func TestLawAnyPodIsSent(t *testing.T) {
	p := strict()
	condition := compiled(t, Condition(p, takenByEvery))
	checkSent(t, condition, p, func(t *rapid.T) *corev1.Pod {
		r := random(t)
		pod := &corev1.Pod{}
		r.fill(reflect.ValueOf(pod).Elem(), r.Float64()/4, 0)
		switch r.IntN(6) {
		case 0, 1, 2:
			pod = claimedByEKS(pod)
			pod.Spec.NodeName = ""
		case 3:
			delete(pod.Labels, placement.ProfileLabel)
			pod.Spec.NodeName = ""
		}
		return pod
	})
}

// So it is for pods as they are admitted, after other webhooks have changed them at random: labels,
// the claim, containers, our record.
func TestLawChangedPodIsSent(t *testing.T) {
	p := strict()
	condition := compiled(t, Condition(p, takenByEvery))
	bases := make([]*corev1.Pod, 0, 1000)
	for _, f := range fixtures.All() {
		if pod, ok := f.Object.(*corev1.Pod); ok && f.Old == nil && !f.Want {
			bases = append(bases, admitted(t, pod, p))
		}
	}
	for _, pod := range ofManifests(t, "../../../../shared/corpus", "../../../../shared/cases", "../../../test/e2e/testdata", "../../../examples") {
		if a := admitted(t, pod, p); len(found(a, p)) == 0 {
			bases = append(bases, a)
		}
	}
	checkSent(t, condition, p, func(t *rapid.T) *corev1.Pod {
		r := random(t)
		pod := pick(r, bases).DeepCopy()
		if r.IntN(3) == 0 {
			pod = unclaimed(pod)
		}
		for range r.IntN(4) {
			part := reflect.ValueOf(&pod.Spec).Elem()
			if r.IntN(5) == 0 {
				part = reflect.ValueOf(&pod.ObjectMeta).Elem()
			}
			r.change(part)
		}
		return pod
	})
}

// So it is for the resources of pods, as users write them and as admission sets them, at every edge
// of the sizes.
func TestLawResourcesAreSent(t *testing.T) {
	strictly := strict()
	condition := compiled(t, Condition(strictly, ""))
	checkSent(t, condition, strictly, func(t *rapid.T) *corev1.Pod {
		p := strict()
		p.Resources = rapid.SampledFrom([]policy.Resources{policy.ResourcesFit, policy.ResourcesGuaranteed, policy.ResourcesLimits, policy.ResourcesOff}).Draw(t, "resources")
		pod := fixtures.Pod()
		spec := fargatetest.PodSpecs(1, 5).Draw(t, "spec")
		pod.Spec.InitContainers, pod.Spec.Containers = spec.InitContainers, spec.Containers
		r := random(t)
		for range r.IntN(3) {
			r.change(reflect.ValueOf(&pod.Spec.Containers[0].Resources).Elem())
		}
		return admitted(t, pod, p)
	})
}

// A pod that EKS hasn't claimed, or not as it does, is always sent, unless a profile is known to take it.
func TestLawUnclaimedIsSent(t *testing.T) {
	condition := compiled(t, Condition(strict(), ""))
	rapid.Check(t, func(t *rapid.T) {
		r := random(t)
		pod := fixtures.Pod()
		if r.IntN(2) == 0 {
			r.fill(reflect.ValueOf(pod).Elem(), 0.05, 0)
		}
		pod = claimedByEKS(pod)
		switch rapid.IntRange(0, 4).Draw(t, "lacks") {
		case 0:
			delete(pod.Labels, placement.ProfileLabel)
		case 1:
			pod.Spec.SchedulerName = rapid.SampledFrom([]string{"", "default-scheduler", "fargate"}).Draw(t, "scheduler")
		case 2:
			pod.Spec.PriorityClassName = rapid.SampledFrom([]string{"", "mine"}).Draw(t, "class")
		case 3:
			pod.Spec.NodeName = "fargate-ip-10-0-0-1"
		case 4:
			pod.Labels[placement.ProfileLabel] = ""
		}
		if !sends(t, condition, pod) {
			t.Fatalf("not sent: %s", text(pod))
		}
	})
}
