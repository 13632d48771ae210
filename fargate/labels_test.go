package fargate

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// runLabel returns a selector with one requirement for the fixtures' label.
func runLabel(operator metav1.LabelSelectorOperator, values ...string) *metav1.LabelSelector {
	return fargatetest.MatchExpression(fixtures.Label, operator, values...)
}

// ownedPod returns an unlabelled pod that a ReplicaSet created.
func ownedPod() *corev1.Pod {
	pod := unlabelled()
	pod.OwnerReferences = []metav1.OwnerReference{{Kind: "ReplicaSet", Name: "web", Controller: new(true)}}
	return pod
}

// phases are the decisions about an object that is created, in each phase.
type phases struct{ whole, mutating, validating Decision }

// created decides about an object in all phases: in the validating phase with the labels that the
// mutating phase added to a pod.
func created(object runtime.Object, reader cluster.Reader, index *profiles.Index, p *policy.Policy) phases {
	decide := func(phase Phase) Decision { return Decide(object, withReader(requestIn(phase, nil), reader), index, p) }
	got := phases{whole: decide(WholeAdmission), mutating: decide(Mutating)}
	if pod, ok := object.(*corev1.Pod); ok {
		labelled := pod.DeepCopy()
		for key, value := range got.mutating.Placement.Labels {
			metav1.SetMetaDataLabel(&labelled.ObjectMeta, key, value)
		}
		object = labelled
	}
	got.validating = decide(Validating)
	return got
}

// checkMessages compares the messages of each phase.
func checkMessages(t *testing.T, got phases, whole, mutating, validating []string) {
	t.Helper()
	want := [][]string{whole, mutating, validating}
	if diff := cmp.Diff(want, [][]string{messages(&got.whole), messages(&got.mutating), messages(&got.validating)}); diff != "" {
		t.Errorf("whole, mutating, validating (-want +got):\n%s", diff)
	}
}

// checkPhases compares the messages of each phase, and whether the pod gets labels and runs on
// Fargate.
func checkPhases(t *testing.T, got phases, fargate bool, whole, mutating, validating []string) {
	t.Helper()
	checkMessages(t, got, whole, mutating, validating)
	for _, d := range []Decision{got.whole, got.mutating} {
		if d.Placement.Fargate != fargate || (len(d.Patch) > 0) != fargate || (d.Size != nil) != fargate || (len(d.Placement.Labels) > 0) != fargate || d.Placement.Reason == "" {
			t.Errorf("placement %+v, size %v, patch %s; want labels and Fargate: %v", d.Placement, d.Size, patchText(t, d.Patch), fargate)
		}
	}
	if got.validating.Placement.Fargate != fargate || got.validating.Patch != nil {
		t.Errorf("validating: placement %+v, patch %s; want on Fargate: %v", got.validating.Placement, patchText(t, got.validating.Patch), fargate)
	}
}

// Lists of objects that select pods are read only if what they hold matters.
func TestLabelChangeReadsNoMoreThanItNeeds(t *testing.T) {
	selecting := []*cluster.Kind{cluster.Services, cluster.PodDisruptionBudgets, cluster.NetworkPolicies}
	adopting := []*cluster.Kind{cluster.ReplicaSets, cluster.ReplicationControllers}
	other := []*cluster.Kind{cluster.StatefulSets, cluster.DaemonSets, cluster.Jobs}
	labelled, owned, away := fixtures.Pod(), ownedPod(), unlabelled()
	away.Annotations = map[string]string{placement.ComputeTypeKey: placement.ComputeTypeEC2}
	for name, c := range map[string]struct {
		pod                        *corev1.Pod
		phase                      Phase
		update                     bool
		policy                     func(*policy.Policy)
		selecting, adopting, other bool
	}{
		"labelled":               {pod: labelled, phase: Mutating},
		"labelled, validating":   {pod: labelled, phase: Validating},
		"opted out":              {pod: away, phase: Mutating},
		"update":                 {pod: unlabelled(), phase: Mutating, update: true},
		"unlabelled":             {pod: unlabelled(), phase: Mutating, selecting: true, adopting: true, other: true},
		"unlabelled, validating": {pod: unlabelled(), phase: Validating, selecting: true, adopting: true, other: true},
		"has a controller":       {pod: owned, phase: Mutating, selecting: true, adopting: true, other: true},

		"Allow, labelled":               {pod: labelled, phase: Mutating, policy: joinsAllowed},
		"Allow, unlabelled":             {pod: unlabelled(), phase: Mutating, policy: joinsAllowed, selecting: true, adopting: true},
		"Allow, unlabelled, validating": {pod: unlabelled(), phase: Validating, policy: joinsAllowed, adopting: true},
		"Allow, has a controller":       {pod: owned, phase: Mutating, policy: joinsAllowed, selecting: true},
		"Allow, label-joins Off":        {pod: unlabelled(), phase: Mutating, policy: allowed(rules.LabelJoins, policy.Off), adopting: true},
		"Allow, label-adopted Off":      {pod: unlabelled(), phase: Mutating, policy: allowed(rules.LabelAdopted, policy.Off), selecting: true},
		"Allow, label-joins Deny":       {pod: owned, phase: Validating, policy: allowed(rules.LabelJoins, policy.Deny), selecting: true},
	} {
		t.Run(name, func(t *testing.T) {
			if c.policy == nil {
				c.policy = func(*policy.Policy) {}
			}
			request := requestIn(c.phase, nil)
			if c.update {
				request = requestIn(c.phase, c.pod)
			}
			reader := counted(&fargatetest.Cluster{})
			Decide(c.pod, withReader(request, reader), fixtureIndex(), policyWith(c.policy))
			want := map[*cluster.Kind]int{}
			for kinds, read := range map[*[]*cluster.Kind]bool{&selecting: c.selecting, &adopting: c.adopting, &other: c.other} {
				for _, kind := range *kinds {
					if read {
						want[kind] = 1
					}
				}
			}
			for _, kind := range slices.Concat(selecting, adopting, other) {
				if reader.lists[kind] != want[kind] {
					t.Errorf("%s: read %d times, want %d", kind.Resource, reader.lists[kind], want[kind])
				}
			}
		})
	}
}

// allowed sets the action of a rule under labelJoins: Allow.
func allowed(rule *rules.Rule, action policy.Action) func(*policy.Policy) {
	return func(p *policy.Policy) {
		joinsAllowed(p)
		ruled(rule, action)(p)
	}
}

// A pod that lacks no label costs nothing.
func TestLabelChangeOfLabelledPodIsFree(t *testing.T) {
	request := withReader(requestIn(Mutating, nil), &fargatetest.Cluster{})
	d, pod := newDecider(&request, fixtureIndex(), policyWith()), fixtures.Pod()
	p, _ := d.placed(&pod.ObjectMeta, &pod.Spec, nil, d.place(&pod.ObjectMeta, &pod.Spec))
	if n := testing.AllocsPerRun(100, func() { d.guard(p, nil) }); n > 0 || !p.Placement.Fargate {
		t.Errorf("%v allocations, placement %+v", n, p.Placement)
	}
}
