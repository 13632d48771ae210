package lint

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

var selects = fargatetest.Selects

// changed returns the default policy, changed.
func changed(change func(*policy.Policy)) policy.Policy {
	p := policy.Default()
	change(&p)
	return p
}

func TestProblems(t *testing.T) {
	profile := fargatetest.Profile
	a, b := profile("a", selects("apps", "team", "a")), profile("b", selects("apps", "team", "b"))
	const fix = "; give pods the labels of the profile that they are meant for, or name it in their label eks.amazonaws.com/fargate-profile"
	const none = "a pod that sets none of the labels that profiles ask for there is as near to it as to "
	near := `Fargate profile "a": in namespace apps ` + none + `"b" (team: b): the pod gets team: a, since the name "a" sorts first` + fix
	const onlyThese = "): only pods that set it themselves run on Fargate by this selector"
	protected := `Fargate profile "p", selector 1: the webhook never adds the label app (protectedLabels of the policy` + onlyThese
	everywhere := func(pattern string) string {
		return `Fargate profile "p", selector 1: "` + pattern + `" selects every namespace, so the webhook adds run: x to the pods of any namespace, unless another selector is nearer or the policy exempts them; ` + everywhereFix
	}
	inApps := func(change func(*policy.Settings)) policy.Policy {
		return changed(func(p *policy.Policy) {
			settings := policy.Default().Settings
			change(&settings)
			p.Namespaces = []policy.NamespaceSettings{{Match: profiles.NewPattern("app*"), Settings: settings}}
		})
	}
	off, observe := func(s *policy.Settings) { s.Labels = policy.LabelsOff }, func(s *policy.Settings) { s.Mode = policy.ModeObserve }
	unprotected := func(s *policy.Settings) { s.ProtectedLabels = nil }
	for name, c := range map[string]struct {
		list   []profiles.Profile
		policy policy.Policy
		want   []string
	}{
		"one profile":          {[]profiles.Profile{profile("a", selects("apps", "team", "a"), selects("apps", "team", "b"))}, policy.Default(), nil},
		"equally near":         {[]profiles.Profile{b, a}, policy.Default(), []string{near}},
		"labels are off":       {[]profiles.Profile{b, a}, inApps(off), nil},
		"only observed":        {[]profiles.Profile{b, a}, inApps(observe), nil},
		"exempt":               {[]profiles.Profile{b, a}, changed(func(p *policy.Policy) { p.Exempt.Namespaces = []profiles.Pattern{profiles.NewPattern("apps")} }), nil},
		"the same labels":      {[]profiles.Profile{a, profile("c", selects("apps", "team", "a"))}, policy.Default(), []string{`Fargate profile "c": it only gets pods whose label eks.amazonaws.com/fargate-profile names it: all others that it selects go to "a", whose name sorts earlier`}},
		"a nearer one":         {[]profiles.Profile{b, a, profile("c", selects("apps"))}, policy.Default(), nil},
		"more labels":          {[]profiles.Profile{a, profile("b", selects("apps", "team", "b", "env", "prod"))}, policy.Default(), nil},
		"a made-up value":      {[]profiles.Profile{profile("a", selects("apps", "team", "a*")), b}, policy.Default(), nil},
		"a protected label":    {[]profiles.Profile{profile("p", selects("apps", "app", "a")), b}, policy.Default(), []string{protected}},
		"other namespaces":     {[]profiles.Profile{a, profile("b", selects("web", "team", "b"))}, policy.Default(), nil},
		"an example namespace": {[]profiles.Profile{profile("a", selects("app*", "team", "a")), profile("b", selects("*pps?", "team", "b"), selects("appexample", "team", "b"))}, policy.Default(), []string{`Fargate profile "a": in namespace appexample ` + none + `"b" (team: b): the pod gets team: a, since the name "a" sorts first` + fix}},
		"a pattern": {[]profiles.Profile{profile("a", selects("app-*", "team", "a")), profile("b", selects("app-*", "team", "b"))}, policy.Default(),
			[]string{`Fargate profile "a": in namespace app-example (by "app-*") ` + none + `"b" (team: b): the pod gets team: a, since the name "a" sorts first` + fix}},
		"shared labels": {[]profiles.Profile{
			profile("a", selects("apps", "env", "prod", "team", "a")), profile("b", selects("apps", "env", "prod", "team", "b")), profile("c", selects("apps", "run", "x")),
		}, policy.Default(), []string{
			`Fargate profile "a": in namespace apps a pod with env: prod that sets none of the other labels that profiles ask for there is as near to it as to "b" (team: b), "c" (run: x): the pod gets team: a, since the name "a" sorts first` + fix,
		}},
		"shared by all": {[]profiles.Profile{profile("a", selects("apps", "env", "prod", "team", "a")), profile("b", selects("apps", "env", "prod", "team", "b"))}, policy.Default(), []string{
			`Fargate profile "a": in namespace apps ` + none + `"b" (env: prod, team: b): the pod gets env: prod, team: a, since the name "a" sorts first` + fix,
			`Fargate profile "a": in namespace apps a pod with env: prod that sets none of the other labels that profiles ask for there is as near to it as to "b" (team: b): the pod gets team: a, since the name "a" sorts first` + fix,
		}},
		"a label that names it": {[]profiles.Profile{profile("c", selects("pinns", "eks.amazonaws.com/fargate-profile", "c")), profile("d", selects("pinns", "x", "d"))}, policy.Default(), []string{
			`Fargate profile "c": in namespace pinns ` + none + `"d" (x: d): the pod gets eks.amazonaws.com/fargate-profile: c, since the name "c" sorts first` + fix,
		}},
		"one of the labels names it": {[]profiles.Profile{profile("c", selects("pinns", "eks.amazonaws.com/fargate-profile", "c", "x", "c")), profile("d", selects("pinns", "x", "d", "y", "d"))}, policy.Default(), []string{
			`Fargate profile "c": in namespace pinns ` + none + `"d" (x: d, y: d): the pod gets eks.amazonaws.com/fargate-profile: c, x: c, since the name "c" sorts first` + fix,
		}},
		"pinned besides": {[]profiles.Profile{a, b, profile("z", selects("apps", "team", "a"))}, policy.Default(), []string{
			`Fargate profile "z": it only gets pods whose label eks.amazonaws.com/fargate-profile names it: all others that it selects go to "a", whose name sorts earlier`, near,
		}},
		"several namespaces": {[]profiles.Profile{
			profile("a", selects("n1", "team", "a"), selects("n2", "team", "a"), selects("n3", "team", "a"), selects("n4", "team", "a")),
			profile("b", selects("n?", "team", "b")), profile("c", selects("n?", "team", "c")), profile("d", selects("n?", "team", "d")), profile("e", selects("n?", "team", "e")),
		}, policy.Default(), []string{
			`Fargate profile "a": in namespaces n1, n2, n3, 1 more ` + none + `"b" (team: b), "c" (team: c), "d" (team: d), 1 more: the pod gets team: a, since the name "a" sorts first` + fix,
			`Fargate profile "b": in namespace nx (by "n?") ` + none + `"c" (team: c), "d" (team: d), "e" (team: e): the pod gets team: b, since the name "b" sorts first` + fix,
		}},
		"protected":              {[]profiles.Profile{profile("p", selects("apps", "app", "a", "run", "x"))}, policy.Default(), []string{protected}},
		"not protected":          {[]profiles.Profile{profile("p", selects("apps", "app", "a"))}, inApps(unprotected), nil},
		"protected, but off":     {[]profiles.Profile{profile("p", selects("apps", "app", "a"))}, inApps(off), nil},
		"protected, but exempt":  {[]profiles.Profile{profile("p", selects("kube-system", "k8s-app", "kube-dns"))}, policy.Default(), nil},
		"protected in a pattern": {[]profiles.Profile{profile("p", selects("app*", "app", "a"))}, policy.Default(), []string{protected}},
		"not in all of it":       {[]profiles.Profile{profile("p", selects("app*", "app", "a"))}, inApps(unprotected), nil},
		"off in some of it":      {[]profiles.Profile{profile("p", selects("a*", "app", "a"))}, inApps(off), nil},
		"a key with a wildcard":  {[]profiles.Profile{profile("p", selects("apps", "ru*", "a"))}, policy.Default(), []string{`Fargate profile "p", selector 1: the webhook never adds the label ru* (its key has a wildcard` + onlyThese}},
		"a value":                {[]profiles.Profile{profile("p", selects("apps", "run", "*"))}, policy.Default(), nil},
		"no value":               {[]profiles.Profile{profile("p", selects("apps", "run", "x*"+strings.Repeat("?", 61)+"*-*a"))}, policy.Default(), []string{`Fargate profile "p", selector 1: it can never match: no label value can match "x*` + strings.Repeat("?", 61) + `*-*a": it is longer than 63 characters`}},
		"everywhere":             {[]profiles.Profile{profile("p", selects("*", "run", "x"))}, policy.Default(), []string{everywhere("*")}},
		"everywhere, twice":      {[]profiles.Profile{profile("p", selects("**", "run", "x"), selects("*", "job", "y"))}, policy.Default(), []string{everywhere("**")}},
		"everywhere, but off":    {[]profiles.Profile{profile("p", selects("*", "run", "x"))}, changed(func(p *policy.Policy) { p.Labels = policy.LabelsOff }), nil},
		"everywhere, protected":  {[]profiles.Profile{profile("p", selects("*", "app", "a"))}, policy.Default(), []string{protected}},
		"everywhere, not empty":  {[]profiles.Profile{profile("p", selects("?*", "run", "x"))}, policy.Default(), []string{everywhere("?*")}},
		"in many namespaces":     {[]profiles.Profile{profile("p", selects("?*?", "run", "x"))}, policy.Default(), nil},
		"CREATING":               {[]profiles.Profile{{Name: "p", Status: profiles.StatusCreating, Selectors: []profiles.Selector{selects("*", "app", "x")}}}, policy.Default(), []string{`Fargate profile "p": ignored while it is CREATING: pods created before it is ACTIVE never move to Fargate`}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, problem := range Problems(c.list, &c.policy) {
				if note := strings.Contains(problem.Text, "never adds"); note != problem.Note {
					t.Errorf("note: %t, %s", problem.Note, problem)
				}
				got = append(got, problem.String())
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// drawn are profiles with selectors that have much in common.
func drawn(t *rapid.T) []profiles.Profile {
	keys, values := rapid.SampledFrom([]string{"k", "l", "m", "app", "k*"}), rapid.SampledFrom([]string{"1", "2", "1*", "*"})
	namespaces := rapid.SampledFrom([]string{"apps", "web", "app*", "*"})
	var list []profiles.Profile
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"p", "q", "r"}), 1, 3, rapid.ID[string]).Draw(t, "profiles") {
		p := fargatetest.Profile(name)
		for range rapid.IntRange(1, 3).Draw(t, "selectors") {
			p.Selectors = append(p.Selectors, profiles.Selector{Namespace: namespaces.Draw(t, "namespace"), Labels: rapid.MapOfN(keys, values, 0, 3).Draw(t, "labels")})
		}
		list = append(list, p)
	}
	return list
}

func placed(namespace string, labels map[string]string, list []profiles.Profile) placement.Placement {
	p := policy.Default()
	return placement.Place(namespace, &metav1.ObjectMeta{Labels: labels}, &corev1.PodSpec{}, profiles.NewIndex(list), placement.AddsOf(p.For(namespace)))
}

// Without the selectors that are said not to be needed pods go to the same profile, and get the same
// labels.
func TestLawSelectorsNotNeededChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := drawn(t)
		left := make([]profiles.Profile, len(list))
		for i, p := range list {
			left[i] = fargatetest.Profile(p.Name)
			for order, s := range p.Selectors {
				if !slices.ContainsFunc(profiles.Problems([]profiles.Profile{p}), func(problem profiles.Problem) bool {
					return problem.Selector == order && strings.HasPrefix(problem.Text, "it isn't needed")
				}) {
					left[i].Selectors = append(left[i].Selectors, s)
				}
			}
		}
		namespace := rapid.SampledFrom([]string{"apps", "web", "appx", "y"}).Draw(t, "pod's namespace")
		labels := rapid.MapOf(rapid.SampledFrom([]string{"k", "l", "app", "kx"}), rapid.SampledFrom([]string{"1", "2", "12"})).Draw(t, "pod's labels")
		before, after := placed(namespace, labels, list), placed(namespace, labels, left)
		if before.Fargate != after.Fargate || before.Profile != after.Profile || !maps.Equal(before.Labels, after.Labels) {
			t.Fatalf("with all selectors %+v, without those not needed %+v", before, after)
		}
	})
}

// Which pods have equally near profiles is said of all namespaces that selectors name, and of no
// pods that have none. Labels that no selector asks for don't matter.
func TestLawEquallyNearIsSaidWhereItIs(t *testing.T) {
	p := policy.Default()
	rapid.Check(t, func(t *rapid.T) {
		list := drawn(t)
		l := linter{index: profiles.NewIndex(list), policy: &p}
		problems := l.equallyNear()
		names, _ := l.index.Namespaces()
		for _, name := range names {
			got := placed(name, map[string]string{"other": "x"}, list)
			said := slices.ContainsFunc(problems, func(problem profiles.Problem) bool {
				return problem.Profile == got.Profile && strings.Contains(problem.Text, " a pod that sets none") && strings.Contains(strings.Split(problem.Text, " a pod ")[0], name)
			})
			if said != (len(got.EquallyNear) > 0) {
				t.Fatalf("in namespace %s %+v, but said are %v", name, got, problems)
			}
		}
	})
}

// A label that is said never to be added isn't, whatever the pod has.
func TestLawNeverAddedIsNot(t *testing.T) {
	p := policy.Default()
	rapid.Check(t, func(t *rapid.T) {
		list := drawn(t)
		namespace := rapid.SampledFrom([]string{"apps", "web", "appx", "y"}).Draw(t, "pod's namespace")
		labels := rapid.MapOf(rapid.SampledFrom([]string{"k", "l", "m", "kx"}), rapid.SampledFrom([]string{"1", "2"})).Draw(t, "pod's labels")
		got := placed(namespace, labels, list)
		for _, problem := range Problems(list, &p) {
			if !problem.Note {
				continue
			}
			_, rest, _ := strings.Cut(problem.Text, "never adds the label ")
			key, _, _ := strings.Cut(rest, " ")
			if _, added := got.Labels[key]; added {
				t.Fatalf("%s, but a pod gets %v", problem, got.Labels)
			}
		}
	})
}

func TestExample(t *testing.T) {
	for pattern, want := range map[string]string{"team-*": "team-example", "*": "example", "??": "xx", strings.Repeat("a", 60) + "*": strings.Repeat("a", 60) + "x", strings.Repeat("a", 63) + "*": strings.Repeat("a", 63), "-*": ""} {
		if got := example(pattern); got != want {
			t.Errorf("%q: %q, want %q", pattern, got, want)
		}
	}
}
