package fargate

import (
	"maps"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// podInNeed draws a pod, and profiles that may take it with more labels.
func podInNeed(t *rapid.T) (*corev1.Pod, *profiles.Index) {
	keys := rapid.SampledFrom([]string{"a", "b", "c"})
	var list []profiles.Profile
	for _, name := range []string{"p", "q"} {
		labels := rapid.MapOfN(keys, rapid.SampledFrom([]string{"1", "2", "*"}), 1, 2).Draw(t, "profile")
		list = append(list, fargatetest.Profile(name, profiles.Selector{Namespace: fixtures.Namespace, Labels: labels}))
	}
	pod := fixtures.Pod()
	pod.Labels = rapid.MapOfN(keys, rapid.SampledFrom([]string{"1", "2"}), 0, 2).Draw(t, "pod")
	if len(pod.Labels) == 0 {
		pod.Labels = nil
	}
	return pod, profiles.NewIndex(list)
}

// After admission no ReplicaSet or ReplicationController selects a pod that it didn't select
// before, and labels are withheld for no other reason. Pods that EKS claims as they stand are
// skipped: EKS adds its label to them anyway.
func TestLawNoAdoption(t *testing.T) {
	keys, values := []string{"a", "b", "c", placement.ProfileLabel}, []string{"1", "2", "p", "q"}
	rapid.Check(t, func(t *rapid.T) {
		pod, index := podInNeed(t)
		reader := fargatetest.Selecting(fixtures.Namespace, keys, values).Draw(t, "cluster")
		p := policyWith(joinsAllowed, ruled(rules.LabelAdopted, rapid.SampledFrom([]policy.Action{policy.Deny, policy.Warn}).Draw(t, "action")))
		place := placement.Place(fixtures.Namespace, &pod.ObjectMeta, &pod.Spec, index, placement.Adds{Labels: policy.LabelsInject})
		if !place.AddsSelectorLabels() {
			t.Skip("it runs on Fargate as it stands, or never")
		}
		adopters := func(labels map[string]string) (names []string) {
			for _, object := range reader.Objects {
				if fargatetest.IsAdopter(object) && fargatetest.Matches(object, labels) && !fargatetest.Matches(object, pod.Labels) {
					names = append(names, object.GetName())
				}
			}
			return names
		}
		// claimed returns labels with the one that EKS adds.
		claimed := func(labels map[string]string, profile string) map[string]string {
			all := map[string]string{}
			maps.Copy(all, labels)
			all[placement.ProfileLabel] = profile
			return all
		}

		d := Decide(pod, withReader(requestIn(Mutating, nil), reader), index, p)
		after := patched(t, pod, d.Patch)
		final := after.Labels
		if d.Placement.Fargate {
			final = claimed(after.Labels, d.Placement.Profile)
		}
		if found := adopters(final); len(found) > 0 {
			t.Errorf("with the labels %v the pod is adopted by %v", final, found)
		}
		with := claimed(pod.Labels, place.Profile)
		maps.Copy(with, place.Labels)
		if withheld, reason := !d.Placement.Fargate, adopters(with); withheld != (len(reason) > 0) {
			t.Errorf("labels withheld: %v; adopters: %v", withheld, reason)
		}
		// The validating phase reports just that.
		var want []policy.RuleID
		if !d.Placement.Fargate {
			want = []policy.RuleID{rules.LabelAdopted.ID}
		}
		var got []policy.RuleID
		for _, f := range Decide(after, withReader(requestIn(Validating, nil), reader), index, p).Findings {
			got = append(got, f.Rule)
		}
		if !slices.Equal(got, want) {
			t.Errorf("the validating phase reports %v, want %v", got, want)
		}
	})
}
