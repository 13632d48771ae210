package fargate

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"pgregory.net/rapid"

	"fargate-webhook/profiles"
)

// profile makes an ACTIVE profile of selectors.
func profile(name string, selectors ...profiles.Selector) profiles.Profile {
	return profiles.Profile{Name: name, Status: profiles.StatusActive, Selectors: selectors}
}

func selects(namespace string, labels ...string) profiles.Selector {
	s := profiles.Selector{Namespace: namespace, Labels: map[string]string{}}
	for i := 0; i < len(labels); i += 2 {
		s.Labels[labels[i]] = labels[i+1]
	}
	return s
}

func requires(key string, operator corev1.NodeSelectorOperator, values ...string) *corev1.Affinity {
	return &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{
		RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
			MatchExpressions: []corev1.NodeSelectorRequirement{{Key: key, Operator: operator, Values: values}},
		}}},
	}}
}

func TestPlace(t *testing.T) {
	apps := profile("apps", selects("apps", "run", "on-fargate"))
	all := profile("all", selects("*"))
	controlled := true
	type labels = map[string]string
	for name, c := range map[string]struct {
		profiles  []profiles.Profile
		namespace string
		meta      metav1.ObjectMeta
		spec      corev1.PodSpec
		policy    LabelsPolicy
		profile   string // empty: not Fargate's
		add       labels
		pinBroken bool
	}{
		"matches as it stands": {profiles: []profiles.Profile{apps}, namespace: "apps", meta: metav1.ObjectMeta{Labels: labels{"run": "on-fargate"}}, profile: "apps"},
		"lacks the label":      {profiles: []profiles.Profile{apps}, namespace: "apps", profile: "apps", add: labels{"run": "on-fargate"}},
		"another namespace":    {profiles: []profiles.Profile{apps}, namespace: "web"},
		// S22: the namespace of the request counts, and not the object's own.
		"namespace of the request": {profiles: []profiles.Profile{apps}, namespace: "apps", meta: metav1.ObjectMeta{Namespace: "web", Labels: labels{"run": "on-fargate"}}, profile: "apps"},
		// S24: a label that the pod has is never changed.
		"another value":       {profiles: []profiles.Profile{apps}, namespace: "apps", meta: metav1.ObjectMeta{Labels: labels{"run": "elsewhere"}}},
		"policy adds nothing": {profiles: []profiles.Profile{apps}, namespace: "apps", policy: LabelsOff},

		// S6: only ACTIVE profiles count.
		"profile being made": {profiles: []profiles.Profile{{Name: "apps", Status: profiles.StatusCreating, Selectors: apps.Selectors}}, namespace: "apps"},

		// Step 1.
		"bound to a node (S33)":   {profiles: []profiles.Profile{all}, namespace: "apps", spec: corev1.PodSpec{NodeName: "ip-10-0-0-1"}},
		"mirror pod (S33)":        {profiles: []profiles.Profile{all}, namespace: "apps", meta: metav1.ObjectMeta{Annotations: labels{corev1.MirrorPodAnnotationKey: "x"}}},
		"pod of a DaemonSet":      {profiles: []profiles.Profile{all}, namespace: "apps", meta: metav1.ObjectMeta{OwnerReferences: []metav1.OwnerReference{{Kind: "DaemonSet", Name: "agent", Controller: &controlled}}}},
		"pod of a ReplicaSet":     {profiles: []profiles.Profile{all}, namespace: "apps", meta: metav1.ObjectMeta{OwnerReferences: []metav1.OwnerReference{{Kind: "ReplicaSet", Name: "web", Controller: &controlled}}}, profile: "all"},
		"opted out (F1.17)":       {profiles: []profiles.Profile{all}, namespace: "apps", meta: metav1.ObjectMeta{Annotations: labels{computeTypeKey: "ec2"}}},
		"compute-type: fargate":   {profiles: []profiles.Profile{all}, namespace: "apps", meta: metav1.ObjectMeta{Annotations: labels{computeTypeKey: "fargate"}}, profile: "all"},
		"opt-out as a label (S9)": {profiles: []profiles.Profile{all}, namespace: "apps", meta: metav1.ObjectMeta{Labels: labels{computeTypeKey: "ec2"}}, profile: "all"},

		// Step 2.
		"pinned":                     {profiles: []profiles.Profile{all, apps}, namespace: "apps", meta: metav1.ObjectMeta{Labels: labels{ProfileLabel: "apps", "run": "on-fargate"}}, profile: "apps"},
		"pinned, label lacking":      {profiles: []profiles.Profile{all, apps}, namespace: "apps", meta: metav1.ObjectMeta{Labels: labels{ProfileLabel: "apps"}}, profile: "apps", add: labels{"run": "on-fargate"}},
		"pinned to none":             {profiles: []profiles.Profile{all}, namespace: "apps", meta: metav1.ObjectMeta{Labels: labels{ProfileLabel: "gone"}}, pinBroken: true},
		"pinned, no match (S3)":      {profiles: []profiles.Profile{all, apps}, namespace: "web", meta: metav1.ObjectMeta{Labels: labels{ProfileLabel: "apps"}}, pinBroken: true},
		"pinned, label in the way":   {profiles: []profiles.Profile{all, apps}, namespace: "apps", meta: metav1.ObjectMeta{Labels: labels{ProfileLabel: "apps", "run": "elsewhere"}}, pinBroken: true},
		"pinned, nothing is added":   {profiles: []profiles.Profile{apps}, namespace: "apps", policy: LabelsOff, meta: metav1.ObjectMeta{Labels: labels{ProfileLabel: "apps"}}, pinBroken: true},
		"pinned but bound to a node": {profiles: []profiles.Profile{all}, namespace: "apps", meta: metav1.ObjectMeta{Labels: labels{ProfileLabel: "gone"}}, spec: corev1.PodSpec{NodeName: "n"}},

		// Step 3: the name that sorts first in byte order (F1.6, S5), and node selectors don't matter (F2.11, S11).
		"first by name":               {profiles: []profiles.Profile{profile("b", selects("apps")), profile("a", selects("apps"))}, namespace: "apps", profile: "a", add: labels{ProfileLabel: "a"}},
		"byte order":                  {profiles: []profiles.Profile{profile("a2", selects("apps")), profile("a10", selects("apps")), profile("B", selects("apps"))}, namespace: "apps", profile: "B", add: labels{ProfileLabel: "B"}},
		"several match, policy Off":   {profiles: []profiles.Profile{profile("b", selects("apps")), profile("a", selects("apps"))}, namespace: "apps", policy: LabelsOff, profile: "a"},
		"two selectors of a profile":  {profiles: []profiles.Profile{profile("a", selects("apps"), selects("app*"))}, namespace: "apps", profile: "a"},
		"node selector is no way out": {profiles: []profiles.Profile{all}, namespace: "apps", spec: corev1.PodSpec{NodeSelector: labels{corev1.LabelArchStable: "arm64"}}, profile: "all"},
		"wildcards (F1.3)":            {profiles: []profiles.Profile{profile("w", selects("app?", "team/*", "a*z"))}, namespace: "apps", meta: metav1.ObjectMeta{Labels: labels{"team/x": "abcz"}}, profile: "w"},

		// Step 4.
		"no Fargate node for it":       {profiles: []profiles.Profile{apps}, namespace: "apps", spec: corev1.PodSpec{NodeSelector: labels{corev1.LabelArchStable: "arm64"}}},
		"affinity against Fargate":     {profiles: []profiles.Profile{apps}, namespace: "apps", spec: corev1.PodSpec{Affinity: requires(computeTypeKey, corev1.NodeSelectorOpNotIn, "fargate")}},
		"windows":                      {profiles: []profiles.Profile{apps}, namespace: "apps", spec: corev1.PodSpec{OS: &corev1.PodOS{Name: corev1.Windows}}},
		"another scheduler":            {profiles: []profiles.Profile{apps}, namespace: "apps", spec: corev1.PodSpec{SchedulerName: "volcano"}},
		"default scheduler":            {profiles: []profiles.Profile{apps}, namespace: "apps", spec: corev1.PodSpec{SchedulerName: "default-scheduler"}, profile: "apps", add: labels{"run": "on-fargate"}},
		"fargate scheduler":            {profiles: []profiles.Profile{apps}, namespace: "apps", spec: corev1.PodSpec{SchedulerName: "fargate-scheduler"}, profile: "apps", add: labels{"run": "on-fargate"}},
		"fewest labels":                {profiles: []profiles.Profile{profile("a", selects("apps", "x", "1", "y", "2")), profile("b", selects("apps", "z", "3"))}, namespace: "apps", profile: "b", add: labels{"z": "3"}},
		"fewest lacking, not fewest":   {profiles: []profiles.Profile{profile("a", selects("apps", "x", "1", "y", "2")), profile("b", selects("apps", "z", "3", "w", "4"))}, namespace: "apps", meta: metav1.ObjectMeta{Labels: labels{"w": "4"}}, profile: "b", add: labels{"z": "3"}},
		"no made-up value if possible": {profiles: []profiles.Profile{profile("a", selects("apps", "x", "v*")), profile("b", selects("apps", "z", "3"))}, namespace: "apps", profile: "b", add: labels{"z": "3"}},
		"then the profile's name":      {profiles: []profiles.Profile{profile("b", selects("apps", "x", "1")), profile("a", selects("apps", "y", "2"))}, namespace: "apps", profile: "a", add: labels{"y": "2"}},
		"then the selector's order":    {profiles: []profiles.Profile{profile("a", selects("apps", "y", "2"), selects("apps", "x", "1"))}, namespace: "apps", profile: "a", add: labels{"y": "2"}},
		// S2: a concrete value is made of a wildcard.
		"value of wildcards":        {profiles: []profiles.Profile{profile("a", selects("apps", "x", "a*b?"))}, namespace: "apps", profile: "a", add: labels{"x": "abx"}},
		"value of a star":           {profiles: []profiles.Profile{profile("a", selects("apps", "x", "*"))}, namespace: "apps", profile: "a", add: labels{"x": ""}},
		"no legal value":            {profiles: []profiles.Profile{profile("a", selects("apps", "x", "*-"))}, namespace: "apps"},
		"wildcard key":              {profiles: []profiles.Profile{profile("a", selects("apps", "x*", "1"))}, namespace: "apps"},
		"wildcard met by a label":   {profiles: []profiles.Profile{profile("a", selects("apps", "x*", "1", "y", "2"))}, namespace: "apps", meta: metav1.ObjectMeta{Labels: labels{"xyz": "1"}}, profile: "a", add: labels{"y": "2"}},
		"illegal key in a selector": {profiles: []profiles.Profile{profile("a", selects("apps", "no spaces", "1"))}, namespace: "apps"},
		// After adding, EKS's own rule decides: here another profile comes first.
		"added, then first by name": {profiles: []profiles.Profile{profile("b", selects("apps", "x", "1")), profile("a", selects("apps", "x", "1", "y", "*"))}, namespace: "apps", meta: metav1.ObjectMeta{Labels: labels{"y": "2"}}, profile: "a", add: labels{"x": "1", ProfileLabel: "a"}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.policy == "" {
				c.policy = LabelsInject
			}
			got := Place(c.namespace, &c.meta, &c.spec, profiles.NewIndex(c.profiles), c.policy)
			if got.Fargate != (c.profile != "") || got.Profile != c.profile {
				t.Errorf("got Fargate %v by profile %q, want profile %q (%s)", got.Fargate, got.Profile, c.profile, got.Reason)
			}
			if !maps.Equal(got.Labels, c.add) {
				t.Errorf("labels: %s", cmp.Diff(c.add, got.Labels))
			}
			if (got.pinned != "") != c.pinBroken {
				t.Errorf("broken pin %q, want one: %v", got.pinned, c.pinBroken)
			}
			if got.Reason == "" {
				t.Error("no reason is given")
			}
		})
	}
}

// naivePlace is EKS's own rule, written the long way.
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

// Whatever labels are added: none is overwritten, all are legal, EKS then takes
// the pod, for the profile that was told, and a second time adds nothing.
func TestLawPlace(t *testing.T) {
	keys := rapid.SampledFrom([]string{"a", "b", "c", "a*", "?", "*", "bad key"})
	values := rapid.SampledFrom([]string{"1", "2", "*", "?", "v?", "-*"})
	namespaces := rapid.SampledFrom([]string{"apps", "web", "app*", "*"})
	podLabels := rapid.MapOf(rapid.SampledFrom([]string{"a", "b", "c", "d"}), rapid.SampledFrom([]string{"1", "2", "vx", ""}))
	rapid.Check(t, func(t *rapid.T) {
		var list []profiles.Profile
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"p", "q", "r", "S"}), 0, 4, rapid.ID[string]).Draw(t, "profiles") {
			p := profile(name)
			for range rapid.IntRange(1, 3).Draw(t, "selectors") {
				p.Selectors = append(p.Selectors, profiles.Selector{Namespace: namespaces.Draw(t, "namespace"), Labels: rapid.MapOfN(keys, values, 0, 3).Draw(t, "labels")})
			}
			list = append(list, p)
		}
		index := profiles.NewIndex(list)
		meta := metav1.ObjectMeta{Labels: podLabels.Draw(t, "pod")}
		asItStands := naivePlace(list, "apps", meta.Labels)

		got := Place("apps", &meta, &corev1.PodSpec{}, index, LabelsInject)
		if asItStands != "" && got.Profile != asItStands {
			t.Errorf("EKS takes it for %q as it stands, we say %q", asItStands, got.Profile)
		}
		if !got.Fargate && len(got.Labels) > 0 {
			t.Errorf("not Fargate's, yet it gets %v (S4)", got.Labels)
		}
		after := maps.Clone(meta.Labels)
		for key, value := range got.Labels {
			if _, had := after[key]; had {
				t.Errorf("label %s is overwritten", key)
			}
			if problems := slices.Concat(validation.IsQualifiedName(key), validation.IsValidLabelValue(value)); len(problems) > 0 {
				t.Errorf("%s=%s: %v", key, value, problems)
			}
			after[key] = value
		}
		if !got.Fargate {
			return
		}
		// The pin decides among profiles; as a label it may also meet a wildcard key, which must not count.
		unpinned := maps.Clone(after)
		delete(unpinned, ProfileLabel)
		if by := naivePlace(list, "apps", unpinned); by != got.Profile {
			t.Errorf("with the labels EKS takes it for %q, we say %q", by, got.Profile)
		}
		meta.Labels = after
		if again := Place("apps", &meta, &corev1.PodSpec{}, index, LabelsInject); len(again.Labels) > 0 || again.Profile != got.Profile {
			t.Errorf("a second time: %q and %v", again.Profile, again.Labels)
		}
	})
}
