package fargate

import (
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// timeline draws the lists of profiles that the EKS API returns one after another. With onlyMore
// each has the profiles of the one before.
func timeline(t *rapid.T, onlyMore bool) []*profiles.Index {
	keys := rapid.SampledFrom([]string{"a", "b", "c"})
	byName := map[string]profiles.Profile{}
	var list []*profiles.Index
	for range rapid.IntRange(2, 4).Draw(t, "lists") {
		for _, name := range []string{"p", "q", "r"} {
			_, known := byName[name]
			switch {
			case known && onlyMore:
			case rapid.IntRange(0, 2).Draw(t, "present") == 0:
				delete(byName, name)
			default:
				labels := rapid.MapOfN(keys, rapid.SampledFrom([]string{"1", "2", "*"}), 0, 2).Draw(t, "profile")
				byName[name] = fargatetest.Profile(name, profiles.Selector{Namespace: fixtures.Namespace, Labels: labels})
			}
		}
		var all []profiles.Profile
		for _, name := range []string{"p", "q", "r"} {
			if profile, ok := byName[name]; ok {
				all = append(all, profile)
			}
		}
		list = append(list, profiles.NewIndex(all))
	}
	return list
}

// claim does what EKS does with a pod that it takes (F2.5): it knows the profiles of the moment.
func claim(pod *corev1.Pod, eks *profiles.Index) *corev1.Pod {
	place := placement.Place(fixtures.Namespace, &pod.ObjectMeta, &pod.Spec, eks, placement.Adds{Labels: policy.LabelsOff})
	if !place.Fargate {
		return pod
	}
	pod = pod.DeepCopy()
	if pod.Labels == nil {
		pod.Labels = map[string]string{}
	}
	pod.Labels[placement.ProfileLabel] = place.Profile
	pod.Spec.SchedulerName, pod.Spec.PriorityClassName = placement.Scheduler, "system-node-critical"
	return pod
}

// refusedFor returns the rules that refuse a pod in the validating phase.
func refusedFor(pod *corev1.Pod, index *profiles.Index, earlier []*profiles.Index, p *policy.Policy) (ids []policy.RuleID) {
	request := requestIn(Validating, nil)
	request.Cluster, request.Earlier = &fargatetest.Cluster{}, earlier
	d := Decide(pod, request, index, p)
	for i := range d.Findings {
		if d.Findings[i].Action == policy.Deny {
			ids = append(ids, d.Findings[i].Rule)
		}
	}
	return ids
}

// Whatever one replica made of a pod, another one with another list of profiles doesn't refuse it
// for where it runs, if the first one wouldn't. In both orders: the one that judges is ahead, or it
// is behind and profiles were added in between.
func TestLawReplicasAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		behind := rapid.Bool().Draw(t, "the judging replica is behind")
		lists := timeline(t, behind)
		first, second := rapid.IntRange(0, len(lists)-1).Draw(t, "list"), rapid.IntRange(0, len(lists)-1).Draw(t, "list")
		mutating, validating := min(first, second), max(first, second)
		if behind {
			mutating, validating = validating, mutating
		}
		p := policyWith(func(p *policy.Policy) {
			p.Nodes = rapid.SampledFrom([]policy.Nodes{policy.NodesMixed, policy.NodesFargateOnly}).Draw(t, "nodes")
			p.Labels = rapid.SampledFrom([]policy.Labels{policy.LabelsInject, policy.LabelsInject, policy.LabelsOff}).Draw(t, "labels")
		})
		keys := []string{"a", "b", "c"}
		if !behind { // nobody but EKS can vouch for a profile that isn't known yet
			keys = append(keys, placement.ProfileLabel)
		}
		pod := fixtures.Pod()
		pod.Labels = rapid.MapOfN(rapid.SampledFrom(keys), rapid.SampledFrom([]string{"1", "2", "p", "q"}), 0, 3).Draw(t, "pod")
		if len(pod.Labels) == 0 {
			pod.Labels = nil
		}
		pod.Spec.HostNetwork = rapid.IntRange(0, 3).Draw(t, "host network") == 0

		request := requestIn(Mutating, nil)
		request.Cluster = &fargatetest.Cluster{}
		changed := Decide(pod, request, lists[mutating], p)
		final := claim(patched(t, pod, changed.Patch), lists[max(mutating, validating)])
		if alone := refusedFor(final, lists[mutating], nil, p); len(alone) > 0 {
			t.Skip("the first replica would refuse it too")
		}
		for _, id := range refusedFor(final, lists[validating], lists[:validating], p) {
			if slices.Contains([]policy.RuleID{rules.LabelsMissing.ID, rules.ProfilePin.ID, rules.NotInjected.ID, rules.NoProfile.ID, rules.LabelAdopted.ID}, id) {
				t.Errorf("list %d admits %v, list %d refuses it: %s", mutating, final.Labels, validating, id)
			}
		}
	})
}

// A pod whose labels are missing is refused by lists that have always given them, and only reported
// while a list of a moment ago didn't, or where the policy admits pods that aren't sent.
func TestMissingLabelsInDispute(t *testing.T) {
	none := profiles.NewIndex(nil)
	ignoring := func(p *policy.Policy) {
		p.Calls.FailurePolicies = map[string]policy.FailurePolicy{"pods": policy.FailurePolicyIgnore}
	}
	for name, c := range map[string]struct {
		earlier []*profiles.Index
		policy  *policy.Policy
		refused bool
	}{
		"no other list":                       {nil, policyWith(), true},
		"an earlier list with the profile":    {[]*profiles.Index{fixtureIndex()}, policyWith(), true},
		"an earlier list without the profile": {[]*profiles.Index{fixtureIndex(), none}, policyWith(), false},
		"pods pass while the webhook is down": {nil, policyWith(ignoring), false},
	} {
		t.Run(name, func(t *testing.T) {
			request := requestIn(Validating, nil)
			request.Earlier = c.earlier
			d := Decide(unlabelled(), request, fixtureIndex(), c.policy)
			checkRules(t, d.Findings, rules.LabelsMissing)
			if refused := d.Findings[0].Action == policy.Deny; refused != c.refused {
				t.Errorf("refused: %v", refused)
			}
		})
	}
	// What Fargate can't run is refused by whoever knows that the pod is on Fargate.
	request := requestIn(Validating, nil)
	request.Earlier = []*profiles.Index{none}
	host := fixtures.Pod()
	host.Spec.HostNetwork = true
	if d := Decide(host, request, fixtureIndex(), policyWith()); len(d.Findings) != 1 || d.Findings[0].Action != policy.Deny {
		t.Errorf("host network: %+v", d.Findings)
	}
}

// A look-up of the controller that failed in the mutating phase only, because the controller was
// new, refuses no pod. Labels that are missing from a pod of a controller that everybody knows do.
func TestMissingLabelsOfNewController(t *testing.T) {
	noon := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		age     time.Duration
		unknown bool
		refused bool
	}{
		"created a moment ago": {age: time.Second},
		"created long ago":     {age: time.Hour, refused: true},
		"not known yet":        {unknown: true},
	} {
		t.Run(name, func(t *testing.T) {
			set := fargatetest.ReplicaSet("web", &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}})
			set.SetNamespace(fixtures.Namespace)
			set.SetCreationTimestamp(metav1.NewTime(noon.Add(-c.age)))
			pod := unlabelled()
			pod.CreationTimestamp = metav1.NewTime(noon)
			pod.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "web", Controller: new(true)}}
			reader := &fargatetest.Cluster{}
			mutating := requestIn(Mutating, nil)
			mutating.Cluster = reader // it doesn't know the ReplicaSet
			if d := Decide(pod, mutating, fixtureIndex(), policyWith()); len(d.Patch) > 0 {
				t.Fatalf("labels of a pod whose controller isn't known: %v", d.Patch)
			}
			request := requestIn(Validating, nil)
			request.Cluster = reader
			if !c.unknown {
				request.Cluster = &fargatetest.Cluster{Objects: []metav1.Object{set}}
			}
			d := Decide(pod, request, fixtureIndex(), policyWith())
			if refused := slices.ContainsFunc(d.Findings, func(f rules.Finding) bool { return f.Action == policy.Deny }); refused != c.refused {
				t.Errorf("refused: %v, %+v", refused, d.Findings)
			}
		})
	}
}
