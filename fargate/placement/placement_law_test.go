package placement

import (
	"maps"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// naivePlace returns the profile by EKS's own rule (F1.1, F1.6), computed without an index; empty
// for none.
func naivePlace(list []profiles.Profile, namespace string, labels map[string]string) (first string) {
	pin, pinned := labels[ProfileLabel]
	for _, p := range list {
		if pinned && p.Name != pin {
			continue
		}
		for _, s := range p.Selectors {
			ok := profiles.NewPattern(s.Namespace).Match(namespace)
			for key, value := range s.Labels {
				met := false
				for k, v := range labels {
					met = met || profiles.NewPattern(key).Match(k) && profiles.NewPattern(value).Match(v)
				}
				ok = ok && met
			}
			if ok && (first == "" || p.Name < first) {
				first = p.Name
			}
		}
	}
	return first
}

// Added labels overwrite none and are valid. With them EKS takes the pod for the profile that Place
// returned, and a second Place adds nothing.
func TestLawPlaceAddsWhatEKSNeeds(t *testing.T) {
	keys := rapid.SampledFrom([]string{"a", "b", "c", "a*", "?", "*", "bad key"})
	values := rapid.SampledFrom([]string{"1", "2", "*", "?", "v?", "-*"})
	namespaces := rapid.SampledFrom([]string{"apps", "web", "app*", "*"})
	podLabels := rapid.MapOf(rapid.SampledFrom([]string{"a", "b", "c", "d"}), rapid.SampledFrom([]string{"1", "2", "vx", ""}))
	rapid.Check(t, func(t *rapid.T) {
		var list []profiles.Profile
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"p", "q", "r", "S"}), 0, 4, rapid.ID[string]).Draw(t, "profiles") {
			p := fargatetest.Profile(name)
			for range rapid.IntRange(1, 3).Draw(t, "selectors") {
				p.Selectors = append(p.Selectors, profiles.Selector{Namespace: namespaces.Draw(t, "namespace"), Labels: rapid.MapOfN(keys, values, 0, 3).Draw(t, "labels")})
			}
			list = append(list, p)
		}
		index := profiles.NewIndex(list)
		meta := metav1.ObjectMeta{Labels: podLabels.Draw(t, "pod")}
		asItStands := naivePlace(list, "apps", meta.Labels)

		got := Place("apps", &meta, &corev1.PodSpec{}, index, Adds{Labels: policy.LabelsInject})
		if asItStands != "" && got.Profile != asItStands {
			t.Errorf("as it stands, EKS takes the pod for profile %q; Place returned %q", asItStands, got.Profile)
		}
		if !got.Fargate && len(got.Labels) > 0 {
			t.Errorf("a pod that doesn't run on Fargate gets the labels %v (S4)", got.Labels)
		}
		after := maps.Clone(meta.Labels)
		for key, value := range got.Labels {
			if _, had := after[key]; had {
				t.Errorf("label %s would be overwritten", key)
			}
			if problems := slices.Concat(validation.IsQualifiedName(key), validation.IsValidLabelValue(value)); len(problems) > 0 {
				t.Errorf("%s=%s: %v", key, value, problems)
			}
			after[key] = value
		}
		if !got.Fargate {
			return
		}
		// The pin chooses among profiles. A selector with a wildcard key might match it as a label:
		// that must not count.
		unpinned := maps.Clone(after)
		delete(unpinned, ProfileLabel)
		if by := naivePlace(list, "apps", unpinned); by != got.Profile {
			t.Errorf("with the labels, EKS takes the pod for profile %q; Place returned %q", by, got.Profile)
		}
		meta.Labels = after
		if again := Place("apps", &meta, &corev1.PodSpec{}, index, Adds{Labels: policy.LabelsInject}); len(again.Labels) > 0 || again.Profile != got.Profile {
			t.Errorf("a second Place returned profile %q and labels %v", again.Profile, again.Labels)
		}
	})
}
