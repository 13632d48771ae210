package traffic

import (
	"maps"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// Whatever further labels the selected pods have: where a selector surely selects pods on Fargate,
// each of them runs there, unless it names a profile or overrides an added label; where it never
// does, none of them runs there.
func TestLawPodsSelectedHoldsForEveryPod(t *testing.T) {
	names := rapid.SampledFrom([]string{"p", "q", "r"})
	keys := rapid.SampledFrom([]string{"a", "b", "c", "a*", "?", "*"})
	values := rapid.SampledFrom([]string{"1", "2", "*", "?", "v?"})
	namespaces := rapid.SampledFrom([]string{"apps", "web", "app*"})
	podKeys := rapid.SampledFrom([]string{"a", "b", "c", "ab", placement.ProfileLabel})
	podValues := rapid.SampledFrom([]string{"1", "2", "vx", "", "p", "q", "gone"})
	counts := map[Likelihood]int{}
	rapid.Check(t, func(t *rapid.T) {
		var list []profiles.Profile
		for _, name := range rapid.SliceOfNDistinct(names, 1, 3, rapid.ID[string]).Draw(t, "profiles") {
			p := fargatetest.Profile(name)
			for range rapid.IntRange(1, 2).Draw(t, "selectors") {
				p.Selectors = append(p.Selectors, profiles.Selector{Namespace: namespaces.Draw(t, "namespace"), Labels: rapid.MapOfN(keys, values, 1, 3).Draw(t, "labels")})
			}
			list = append(list, p)
		}
		n := namespaceOf(rapid.SampledFrom([]policy.Labels{policy.LabelsInject, policy.LabelsOff}).Draw(t, "labels policy"), list...)
		selector := rapid.MapOfN(podKeys, podValues, 1, 3).Draw(t, "selector")
		pod := rapid.MapOfN(podKeys, podValues, 0, 4).Draw(t, "pod")
		maps.Copy(pod, selector)

		likely := n.forSelectors(1).selected(&metav1.ObjectMeta{}, selector).OnFargate
		counts[likely]++
		placeOf := func(labels map[string]string) placement.Placement {
			return placement.Place("apps", &metav1.ObjectMeta{Labels: labels}, &corev1.PodSpec{}, n.Index, n.Adds)
		}
		got := placeOf(pod)
		if likely == Never && got.Fargate {
			t.Errorf("%v never selects pods on Fargate, but a pod with %v runs there: %s", selector, pod, got.Reason)
		}
		added := placeOf(selector).Labels
		free := func(key string) bool {
			_, selected := selector[key]
			value, isAdded := added[key]
			return selected || key != placement.ProfileLabel && (!isAdded || value == pod[key])
		}
		if likely == Surely && !got.Fargate && !slices.ContainsFunc(slices.Collect(maps.Keys(pod)), func(key string) bool { return !free(key) }) {
			t.Errorf("%v surely selects pods on Fargate, but a pod with %v doesn't run there: %s", selector, pod, got.Reason)
		}
	})
	for _, likely := range []Likelihood{Never, Possibly, Surely} {
		if counts[likely] == 0 {
			t.Errorf("no selector with likelihood %d was drawn: %v", likely, counts)
		}
	}
}
