package placement

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// defaultAdds is what the default policy adds.
func defaultAdds() Adds {
	p := policy.Default()
	return AddsOf(&p.Settings)
}

// A label that identifies pods is withheld (S38). A candidate without one is preferred, whatever
// else it needs.
func TestProtectedLabels(t *testing.T) {
	type set = map[string]string
	for name, c := range map[string]struct {
		profiles []profiles.Profile
		labels   set
		profile  string // empty for none
		add      set
		withheld set
		key      string
	}{
		"no such label":        {profiles: []profiles.Profile{selecting("a", "apps", "run", "x")}, profile: "a", add: set{"run": "x"}},
		"app":                  {profiles: []profiles.Profile{selecting("a", "apps", "app", "web")}, withheld: set{"app": "web"}, key: "app"},
		"app of another key":   {profiles: []profiles.Profile{selecting("a", "apps", "my-app", "web")}, profile: "a", add: set{"my-app": "web"}},
		"by a wildcard":        {profiles: []profiles.Profile{selecting("a", "apps", "app.kubernetes.io/name", "karpenter")}, withheld: set{"app.kubernetes.io/name": "karpenter"}, key: "app.kubernetes.io/name"},
		"of a controller":      {profiles: []profiles.Profile{selecting("a", "apps", "pod-template-hash", "*")}, withheld: set{"pod-template-hash": ""}, key: "pod-template-hash"},
		"of a StatefulSet":     {profiles: []profiles.Profile{selecting("a", "apps", "statefulset.kubernetes.io/pod-name", "db-?")}, withheld: set{"statefulset.kubernetes.io/pod-name": "db-x"}, key: "statefulset.kubernetes.io/pod-name"},
		"of a Job":             {profiles: []profiles.Profile{selecting("a", "apps", "batch.kubernetes.io/job-name", "*")}, withheld: set{"batch.kubernetes.io/job-name": ""}, key: "batch.kubernetes.io/job-name"},
		"among others":         {profiles: []profiles.Profile{selecting("a", "apps", "run", "x", "tier", "y")}, withheld: set{"run": "x", "tier": "y"}, key: "tier"},
		"the pod has it":       {profiles: []profiles.Profile{selecting("a", "apps", "run", "x", "tier", "y")}, labels: set{"tier": "y"}, profile: "a", add: set{"run": "x"}},
		"matches as it stands": {profiles: []profiles.Profile{selecting("a", "apps", "app", "web")}, labels: set{"app": "web"}, profile: "a"},

		"another selector needs none":          {profiles: []profiles.Profile{selecting("a", "apps", "app", "web"), selecting("b", "apps", "run", "x")}, profile: "b", add: set{"run": "x"}},
		"another selector, with more labels":   {profiles: []profiles.Profile{selecting("a", "apps", "app", "web"), selecting("b", "apps", "run", "x", "zone", "1")}, profile: "b", add: set{"run": "x", "zone": "1"}},
		"another selector, with wildcards":     {profiles: []profiles.Profile{selecting("a", "apps", "app", "web"), selecting("b", "apps", "run", "x*")}, profile: "b", add: set{"run": "x"}},
		"another selector of the same profile": {profiles: []profiles.Profile{fargatetest.Profile("a", fargatetest.Selects("apps", "app", "web"), fargatetest.Selects("apps", "run", "x"))}, profile: "a", add: set{"run": "x"}},
		"of two protected, the fewest labels":  {profiles: []profiles.Profile{selecting("a", "apps", "app", "web", "tier", "y"), selecting("b", "apps", "role", "x")}, withheld: set{"role": "x"}, key: "role"},
	} {
		t.Run(name, func(t *testing.T) {
			got := Place("apps", &metav1.ObjectMeta{Labels: c.labels}, &corev1.PodSpec{}, profiles.NewIndex(c.profiles), defaultAdds())
			if got.Fargate != (c.profile != "") || got.Profile != c.profile || !maps.Equal(got.Labels, c.add) || got.Reason == "" {
				t.Errorf("placement %+v, want profile %q with %v", got, c.profile, c.add)
			}
			if c.withheld == nil {
				if got.Withheld != nil {
					t.Errorf("withheld %+v", got.Withheld)
				}
				return
			}
			if w := got.Withheld; w == nil || !maps.Equal(w.Labels, c.withheld) || !strings.HasPrefix(w.Problem, "label \""+c.key+"\" identifies") || w.Fix == "" {
				t.Errorf("withheld %+v, want %v for %s", w, c.withheld, c.key)
			}
		})
	}
}

// The reason names what comes near: the selector that needs the fewest changes, another value, a
// namespace that differs by one or two letters.
func TestReasonsNameWhatIsNear(t *testing.T) {
	type set = map[string]string
	apps := selecting("apps", "applications", "run", "on-fargate")
	both := selecting("both", "applications", "run", "on-fargate", "team", "a")
	for name, c := range map[string]struct {
		profiles  []profiles.Profile
		namespace string
		labels    set
		adds      policy.Labels
		want      string
	}{
		"another value": {[]profiles.Profile{apps}, "applications", set{"run": "on-ec2"}, policy.LabelsInject,
			`it meets no selector without changing a label that it has: Fargate profile "apps" requires run: on-fargate (the pod has "on-ec2")`},
		"the nearest of two": {[]profiles.Profile{both, apps}, "applications", set{"run": "on-ec2"}, policy.LabelsInject,
			`it meets no selector without changing a label that it has: Fargate profile "apps" requires run: on-fargate (the pod has "on-ec2")`},
		"several labels": {[]profiles.Profile{both}, "applications", set{"run": "on-ec2"}, policy.LabelsInject,
			`it meets no selector without changing a label that it has: Fargate profile "both" requires run: on-fargate (the pod has "on-ec2"), team: a`},
		"a key with a wildcard": {[]profiles.Profile{selecting("keys", "applications", "fargate.example.com/*", "true")}, "applications", set{"app": "web"}, policy.LabelsInject,
			`it meets no selector, and the label that it lacks can't be chosen for it: Fargate profile "keys" requires fargate.example.com/*: true`},
		"labels Off": {[]profiles.Profile{apps}, "applications", nil, policy.LabelsOff,
			`it lacks labels of every selector, and none are added: Fargate profile "apps" requires run: on-fargate`},
		"a letter too few":    {[]profiles.Profile{apps}, "aplications", nil, policy.LabelsInject, `no ACTIVE Fargate profile selects namespace "aplications"; one selects "applications"`},
		"two letters swapped": {[]profiles.Profile{apps}, "applicatoins", nil, policy.LabelsInject, `no ACTIVE Fargate profile selects namespace "applicatoins"; one selects "applications"`},
		"three letters off":   {[]profiles.Profile{apps}, "applicxyzns", nil, policy.LabelsInject, `no ACTIVE Fargate profile selects namespace "applicxyzns"`},
		"a pattern":           {[]profiles.Profile{selecting("x", "team-*")}, "tem-a", nil, policy.LabelsInject, `no ACTIVE Fargate profile selects namespace "tem-a"; one selects "team-*"`},
		"a short name":        {[]profiles.Profile{selecting("x", "dev")}, "devs", nil, policy.LabelsInject, `no ACTIVE Fargate profile selects namespace "devs"; one selects "dev"`},
		"another short name":  {[]profiles.Profile{selecting("x", "dev")}, "qa", nil, policy.LabelsInject, `no ACTIVE Fargate profile selects namespace "qa"`},
		"another value beside labels that are withheld": {[]profiles.Profile{selecting("web", "apps", "team", "web"), selecting("scaler", "apps", "app", "karpenter")}, "apps", set{"team": "web2"}, policy.LabelsInject,
			`Fargate profile "scaler" would take it with more labels, which are not added: label "app" identifies pods to Services and controllers; Fargate profile "web" requires team: web (the pod has "web2")`},
		"too short to tell": {[]profiles.Profile{selecting("x", "ab")}, "cd", nil, policy.LabelsInject, `no ACTIVE Fargate profile selects namespace "cd"`},
		"no profiles":       {nil, "apps", nil, policy.LabelsInject, `no ACTIVE Fargate profile selects namespace "apps"`},
	} {
		t.Run(name, func(t *testing.T) {
			got := Place(c.namespace, &metav1.ObjectMeta{Labels: c.labels}, &corev1.PodSpec{}, profiles.NewIndex(c.profiles), Adds{Labels: c.adds, Protected: []profiles.Pattern{profiles.NewPattern("app")}})
			if got.Fargate || got.Reason != c.want {
				t.Errorf("got  %s\nwant %s", got.Reason, c.want)
			}
		})
	}
}

// Of equally near profiles the first by name is chosen, and the others are named. One that needs
// the same labels, or labels that may not be added, is none of them.
func TestEquallyNearProfilesAreNamed(t *testing.T) {
	type set = map[string]string
	const chosen, end = "it matches selector 1 of the profile once the labels are added", "; the profile whose name sorts first is chosen"
	batch, web := selecting("a-batch", "apps", "team", "batch"), selecting("b-web", "apps", "team", "web")
	for name, c := range map[string]struct {
		profiles []profiles.Profile
		labels   set
		near     []Near
		reason   string
	}{
		"two":           {[]profiles.Profile{web, batch}, nil, []Near{{"b-web", set{"team": "web"}}}, chosen + `; equally near: "b-web" (team: web)` + end},
		"one matches":   {[]profiles.Profile{web, batch}, set{"team": "web"}, nil, "it matches selector 1 of the profile"},
		"needs more":    {[]profiles.Profile{batch, selecting("b", "apps", "team", "web", "run", "x")}, nil, nil, chosen},
		"needs less":    {[]profiles.Profile{selecting("a", "apps", "team", "web", "run", "x"), selecting("b", "apps", "team", "web")}, nil, nil, chosen},
		"a wildcard":    {[]profiles.Profile{batch, selecting("b", "apps", "team", "w*")}, nil, nil, chosen},
		"protected":     {[]profiles.Profile{batch, selecting("b", "apps", "app", "web")}, nil, nil, chosen},
		"same labels":   {[]profiles.Profile{batch, selecting("b", "apps", "team", "batch")}, nil, nil, chosen + "; several profiles match, so it is pinned to the one whose name sorts first"},
		"of one name":   {[]profiles.Profile{batch, selecting("a-batch", "apps", "team", "web")}, nil, nil, chosen},
		"pinned":        {[]profiles.Profile{batch, web}, set{ProfileLabel: "b-web"}, nil, chosen},
		"another's own": {[]profiles.Profile{batch, selecting("b", "apps", "run", "x"), selecting("b", "apps", "run", "y")}, nil, []Near{{"b", set{"run": "x"}}}, chosen + `; equally near: "b" (run: x)` + end},
		"many": {[]profiles.Profile{batch, selecting("b", "apps", "run", "b"), selecting("c", "apps", "run", "c"), selecting("d", "apps", "run", "d"), selecting("e", "apps", "run", "e")}, nil,
			[]Near{{"b", set{"run": "b"}}, {"c", set{"run": "c"}}, {"d", set{"run": "d"}}, {"e", set{"run": "e"}}},
			chosen + `; equally near: "b" (run: b), "c" (run: c), "d" (run: d), 1 more` + end},
	} {
		t.Run(name, func(t *testing.T) {
			adds := Adds{Labels: policy.LabelsInject, Protected: []profiles.Pattern{profiles.NewPattern("app")}}
			got := Place("apps", &metav1.ObjectMeta{Labels: c.labels}, &corev1.PodSpec{}, profiles.NewIndex(c.profiles), adds)
			if !got.Fargate || got.Reason != c.reason {
				t.Errorf("on Fargate: %v, for the reason\n%s, want\n%s", got.Fargate, got.Reason, c.reason)
			}
			if diff := cmp.Diff(c.near, got.EquallyNear); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"apps", "apps", 0}, {"apps", "app", 1}, {"app", "apps", 1}, {"apps", "aqps", 1}, {"apps", "pasp", 3}, {"apps", "x", 4}, {"ab", "ba", 2}, {"team-*", "tem-a", 1}, {"*", "x", 0}, {"a?", "a", 1},
	} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("%q and %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
