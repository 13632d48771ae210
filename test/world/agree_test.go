package world

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
	"fargate-webhook/test/eks"
)

// The stand-in reads the facts independently of the program. These tests need no cluster: both judge
// the same pods.

// denies returns whether a decision refuses its object.
func denies(d *fargate.Decision) bool {
	return slices.ContainsFunc(d.Findings, func(f rules.Finding) bool { return f.Action == policy.Deny })
}

// decide returns what the webhook decides about a new pod.
func decide(pod *corev1.Pod, phase fargate.Phase, namespace string, index *profiles.Index) fargate.Decision {
	p := policy.Default()
	request := fargate.Request{Operation: fargate.OperationCreate, Phase: phase, Namespace: namespace, Cluster: &fargatetest.Cluster{}}
	return fargate.Decide(pod, request, index, &p)
}

// defaulted returns a pod as the API server stores it: what EKS sees.
func defaulted(pod *corev1.Pod) *corev1.Pod {
	pod = pod.DeepCopy()
	pod.Spec = *fargatetest.Defaulted(&pod.Spec)
	for i := range pod.Spec.Volumes {
		if volume := &pod.Spec.Volumes[i]; volume.VolumeSource == (corev1.VolumeSource{}) {
			volume.EmptyDir = &corev1.EmptyDirVolumeSource{}
		}
	}
	return pod
}

// notOfEKS returns the rules that refuse pods for another reason than that fargate-scheduler does.
func notOfEKS() map[string]string {
	return map[string]string{
		"unsafe-sysctl":  "the kubelet refuses these",
		"profile-pin":    "EKS doesn't claim these, so that fargate-scheduler never sees them",
		"labels-missing": "EKS doesn't claim these, so that fargate-scheduler never sees them",
	}
}

// TestFixturesOnTheStandIn: what the rules' own examples say of pods, EKS says too.
func TestFixturesOnTheStandIn(t *testing.T) {
	selector := eks.Selector{Namespace: fixtures.Namespace, Labels: map[string]string{fixtures.Label: fixtures.Value}}
	theirs := []eks.Profile{{Name: fixtures.Profile, Status: eks.Active, Selectors: []eks.Selector{selector}}}
	ours := profiles.NewIndex([]profiles.Profile{fargatetest.Profile(fixtures.Profile, fargatetest.Selects(fixtures.Namespace, fixtures.Label, fixtures.Value))})
	const atLeast = 200
	compared := 0
	for _, f := range fixtures.All() {
		pod, ok := f.Object.(*corev1.Pod)
		if !ok || f.Old != nil || f.Ephemeral || f.FargateOnly || f.JoinsAllowed || len(f.Cluster) > 0 || notOfEKS()[f.Rule] != "" {
			continue
		}
		pod = defaulted(pod)
		d := decide(pod, fargate.Validating, fixtures.Namespace, ours)
		verdict := eks.Judge(theirs, fixtures.Namespace, pod)
		if refused := verdict.Refusal != ""; refused != denies(&d) {
			t.Errorf("%s/%s: refused by the webhook: %v; by EKS: %q (profile %q)", f.Rule, f.Name, denies(&d), verdict.Refusal, verdict.Profile)
		}
		compared++
	}
	if compared < atLeast {
		t.Errorf("%d fixtures compared; want at least %d", compared, atLeast)
	}
}
