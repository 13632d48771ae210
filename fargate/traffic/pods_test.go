package traffic

import (
	"maps"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"fargate-webhook/profiles"
)

// judgeOf judges what is in namespace apps.
func judgeOf(policy p.Labels, list ...profiles.Profile) judge {
	p := policy.Default()
	p.Labels = policy
	return judge{request: &Request{Operation: OperationCreate, Namespace: "apps"}, index: profiles.NewIndex(list), settings: &p.Settings}
}

func TestMeaning(t *testing.T) {
	type labels = map[string]string
	apps := fargatetest.Profile("apps", fargatetest.Selects("apps", "run", "on-fargate"))
	two := fargatetest.Profile("two", fargatetest.Selects("apps", "a", "1", "b", "2", "c", "3"), fargatetest.Selects("apps", "a", "1", "d?", "*"))
	for name, c := range map[string]struct {
		profiles []profiles.Profile
		policy   policy.Labels
		selector labels
		optedOut bool
		want     meaning
		reason   string // what it ends with
	}{
		"the labels of a profile":    {profiles: []profiles.Profile{apps}, policy: policy.LabelsOff, selector: labels{"run": "on-fargate", "app": "web"}, want: meansFargate},
		"they are added":             {profiles: []profiles.Profile{apps}, policy: policy.LabelsInject, selector: labels{"app": "web"}, want: meansFargate},
		"they aren't added":          {profiles: []profiles.Profile{apps}, policy: policy.LabelsOff, selector: labels{"app": "web"}, want: mayMeanFargate, reason: `profile "apps" takes those of its pods that also have the labels run: on-fargate`},
		"another value":              {profiles: []profiles.Profile{apps}, policy: policy.LabelsInject, selector: labels{"run": "elsewhere"}, want: meansOthers},
		"another value, not added":   {profiles: []profiles.Profile{apps}, policy: policy.LabelsOff, selector: labels{"run": "elsewhere"}, want: meansOthers},
		"no profile there":           {profiles: []profiles.Profile{fargatetest.Profile("web", fargatetest.Selects("web"))}, policy: policy.LabelsInject, selector: labels{"app": "web"}, want: meansOthers},
		"all pods of the namespace":  {profiles: []profiles.Profile{fargatetest.Profile("all", fargatetest.Selects("a*"))}, policy: policy.LabelsOff, selector: labels{"app": "web"}, want: meansFargate},
		"one of several profiles":    {profiles: []profiles.Profile{apps, fargatetest.Profile("web", fargatetest.Selects("apps", "app", "w*"))}, policy: policy.LabelsOff, selector: labels{"app": "web"}, want: meansFargate},
		"opted out (F1.17)":          {profiles: []profiles.Profile{apps}, policy: policy.LabelsInject, selector: labels{"run": "on-fargate"}, optedOut: true, want: meansOthers},
		"opted out, not added":       {profiles: []profiles.Profile{apps}, policy: policy.LabelsOff, selector: labels{"app": "web"}, optedOut: true, want: meansOthers},
		"wildcard value":             {profiles: []profiles.Profile{fargatetest.Profile("w", fargatetest.Selects("apps", "run", "on-*"))}, policy: policy.LabelsOff, selector: labels{"run": "on-demand"}, want: meansFargate},
		"wildcard value, another":    {profiles: []profiles.Profile{fargatetest.Profile("w", fargatetest.Selects("apps", "run", "on-*"))}, policy: policy.LabelsInject, selector: labels{"run": "off"}, want: meansOthers},
		"wildcard key (S2)":          {profiles: []profiles.Profile{fargatetest.Profile("w", fargatetest.Selects("apps", "team/*", "*"))}, policy: policy.LabelsInject, selector: labels{"app": "web"}, want: mayMeanFargate, reason: "team/*: *"},
		"wildcard key, met":          {profiles: []profiles.Profile{fargatetest.Profile("w", fargatetest.Selects("apps", "team/*", "*"))}, policy: policy.LabelsOff, selector: labels{"team/a": "1"}, want: meansFargate},
		"wildcard key, other value":  {profiles: []profiles.Profile{fargatetest.Profile("w", fargatetest.Selects("apps", "team/*", "1"))}, policy: policy.LabelsInject, selector: labels{"team/a": "2"}, want: mayMeanFargate, reason: "team/*: 1"},
		"the fewest further labels":  {profiles: []profiles.Profile{two}, policy: policy.LabelsOff, selector: labels{"a": "1"}, want: mayMeanFargate, reason: "also have the labels d?: *"},
		"further labels":             {profiles: []profiles.Profile{two}, policy: policy.LabelsOff, selector: labels{"x": "1"}, want: mayMeanFargate, reason: "also have the labels a: 1, d?: *"},
		"pinned":                     {profiles: []profiles.Profile{apps, two}, policy: policy.LabelsInject, selector: labels{placement.ProfileLabel: "apps"}, want: meansFargate},
		"pinned, nothing is added":   {profiles: []profiles.Profile{apps, two}, policy: policy.LabelsOff, selector: labels{placement.ProfileLabel: "apps"}, want: mayMeanFargate, reason: "run: on-fargate"},
		"pinned, not the other's":    {profiles: []profiles.Profile{apps, two}, policy: policy.LabelsOff, selector: labels{placement.ProfileLabel: "apps", "a": "1", "dx": ""}, want: mayMeanFargate, reason: "run: on-fargate"},
		"pinned, label in the way":   {profiles: []profiles.Profile{apps, two}, policy: policy.LabelsInject, selector: labels{placement.ProfileLabel: "apps", "run": "elsewhere"}, want: meansOthers},
		"pinned to none":             {profiles: []profiles.Profile{apps}, policy: policy.LabelsInject, selector: labels{placement.ProfileLabel: "gone", "run": "on-fargate"}, want: meansOthers},
		"pinned to none, not added":  {profiles: []profiles.Profile{apps}, policy: policy.LabelsOff, selector: labels{placement.ProfileLabel: "gone"}, want: meansOthers},
		"pinned to one of elsewhere": {profiles: []profiles.Profile{apps, fargatetest.Profile("web", fargatetest.Selects("web"))}, policy: policy.LabelsOff, selector: labels{placement.ProfileLabel: "web"}, want: meansOthers},
	} {
		t.Run(name, func(t *testing.T) {
			owner := &metav1.ObjectMeta{}
			if c.optedOut {
				owner.Annotations = labels{placement.ComputeTypeKey: placement.ComputeTypeEC2}
			}
			place, got := judgeOf(c.policy, c.profiles...).selectedBy(owner, c.selector)
			if got != c.want || place.Fargate != (got == meansFargate) {
				t.Errorf("got %d (Fargate: %v), want %d: %s", got, place.Fargate, c.want, place.Reason)
			}
			if place.Reason == "" || !strings.HasSuffix(place.Reason, c.reason) {
				t.Errorf("the reason is %q, want it to end with %q", place.Reason, c.reason)
			}
		})
	}
}

// TestLawMeaning: whatever further labels the selected pods have, where a Service surely means pods on Fargate placement says Fargate of
// each, unless it names a profile or has another value for a label that would be added; and where it surely doesn't, of none.
func TestLawMeaning(t *testing.T) {
	names := rapid.SampledFrom([]string{"p", "q", "r"})
	keys := rapid.SampledFrom([]string{"a", "b", "c", "a*", "?", "*"})
	values := rapid.SampledFrom([]string{"1", "2", "*", "?", "v?"})
	namespaces := rapid.SampledFrom([]string{"apps", "web", "app*"})
	podKeys := rapid.SampledFrom([]string{"a", "b", "c", "ab", placement.ProfileLabel})
	podValues := rapid.SampledFrom([]string{"1", "2", "vx", "", "p", "q", "gone"})
	counts := map[meaning]int{}
	rapid.Check(t, func(t *rapid.T) {
		var list []profiles.Profile
		for _, name := range rapid.SliceOfNDistinct(names, 1, 3, rapid.ID[string]).Draw(t, "profiles") {
			p := fargatetest.Profile(name)
			for range rapid.IntRange(1, 2).Draw(t, "selectors") {
				p.Selectors = append(p.Selectors, profiles.Selector{Namespace: namespaces.Draw(t, "namespace"), Labels: rapid.MapOfN(keys, values, 1, 3).Draw(t, "labels")})
			}
			list = append(list, p)
		}
		j := judgeOf(rapid.SampledFrom([]policy.Labels{policy.LabelsInject, policy.LabelsOff}).Draw(t, "policy"), list...)
		selector := rapid.MapOfN(podKeys, podValues, 1, 3).Draw(t, "selector")
		pod := rapid.MapOfN(podKeys, podValues, 0, 4).Draw(t, "pod")
		maps.Copy(pod, selector)

		_, means := j.selectedBy(&metav1.ObjectMeta{}, selector)
		counts[means]++
		placeOf := func(labels map[string]string) Placement {
			return Place("apps", &metav1.ObjectMeta{Labels: labels}, &corev1.PodSpec{}, j.index, j.settings.Labels)
		}
		got := placeOf(pod)
		if means == meansOthers && got.Fargate {
			t.Errorf("%v is said to mean no pods on Fargate, but one with %v is (%s)", selector, pod, got.Reason)
		}
		added := placeOf(selector).Labels
		free := func(key string) bool {
			_, selected := selector[key]
			value, isAdded := added[key]
			return selected || key != placement.ProfileLabel && (!isAdded || value == pod[key])
		}
		if means == meansFargate && !got.Fargate && !slices.ContainsFunc(slices.Collect(maps.Keys(pod)), func(key string) bool { return !free(key) }) {
			t.Errorf("%v is said to mean pods on Fargate, but one with %v isn't (%s)", selector, pod, got.Reason)
		}
	})
	for _, means := range []meaning{meansOthers, mayMeanFargate, meansFargate} {
		if counts[means] == 0 {
			t.Errorf("none was drawn that means %d: %v", means, counts)
		}
	}
}
