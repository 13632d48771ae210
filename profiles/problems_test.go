package profiles

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestProblems(t *testing.T) {
	selecting := func(name, namespace string, labels map[string]string) Profile {
		return Profile{Name: name, Status: StatusActive, Selectors: []Selector{{Namespace: namespace, Labels: labels}}}
	}
	status := func(status Status) Profile { return Profile{Name: "p", Status: status} }
	wide := func(name string, n int) Profile {
		profile := Profile{Name: name, Status: StatusActive}
		for i := range n {
			labels := map[string]string{}
			for j := range n {
				labels[fmt.Sprintf("label-%d", j)] = "x"
			}
			profile.Selectors = append(profile.Selectors, Selector{Namespace: fmt.Sprintf("wide-%d", i), Labels: labels})
		}
		return profile
	}
	long := strings.Repeat("a", 64)
	const ignoredHead, byName = `Fargate profile "p": ignored`, "it only gets pods whose label eks.amazonaws.com/fargate-profile names it: all others that it selects go to "
	const everywhere = "those of kube-system and of the webhook too, and those that need the host network stay Pending: narrow it, for example with a label"
	first := `Fargate profile "p", selector 1: `
	for name, c := range map[string]struct {
		list []Profile
		want []string
	}{
		"nothing":              {[]Profile{selecting("p", "apps", map[string]string{"run": "on-fargate", "a.b/c*": "?", "*": "*", "empty": "", "*/x": "A.b_c"})}, nil},
		"more than the quotas": {[]Profile{exactSet(1)[0], wide("wide", 20)}, nil},
		"CREATING":             {[]Profile{status(StatusCreating)}, []string{ignoredHead + " while it is CREATING: pods created before it is ACTIVE never move to Fargate"}},
		"DELETING":             {[]Profile{status(StatusDeleting)}, []string{ignoredHead + ", since it is DELETING: EKS stops its pods, and creates no other profile until it is gone"}},
		"CREATE_FAILED":        {[]Profile{status(StatusCreateFailed)}, []string{ignoredHead + ", since it is CREATE_FAILED: delete it and create it again"}},
		"DELETE_FAILED":        {[]Profile{status(StatusDeleteFailed)}, []string{ignoredHead + ", since it is DELETE_FAILED: delete it again"}},
		"a new status":         {[]Profile{status("PAUSED")}, []string{ignoredHead + `: "PAUSED" is an unknown status; only an ACTIVE profile selects pods`}},
		"no selector":          {[]Profile{active("p")}, []string{`Fargate profile "p": it has no selector, so it selects no pod`}},
		"no namespace":         {[]Profile{active("p", "")}, []string{first + "it must have a namespace: it selects nothing without one"}},
		"capital namespace":    {[]Profile{active("p", "apps", "Apps")}, []string{`Fargate profile "p", selector 2: it can never match: no namespace name can match "Apps": it has the character 'A'`}},
		"dotted namespace":     {[]Profile{active("p", "*.b")}, []string{first + `it can never match: no namespace name can match "*.b": it has the character '.'`}},
		"namespace's start":    {[]Profile{active("p", "-b*")}, []string{first + `it can never match: no namespace name can match "-b*": it starts with "-"`}},
		"namespace's end":      {[]Profile{active("p", "?b-")}, []string{first + `it can never match: no namespace name can match "?b-": it ends with "-"`}},
		"a long namespace":     {[]Profile{active("p", long+"*")}, []string{first + `it can never match: no namespace name can match "` + long + `*": it is longer than 63 characters`}},
		"kube-system too":      {[]Profile{active("p", "*")}, []string{first + `"*" selects all pods of every namespace, ` + everywhere}},
		"more asterisks":       {[]Profile{active("p", "***")}, []string{first + `"***" selects all pods of every namespace, ` + everywhere}},
		"a name of any length": {[]Profile{active("p", "?*", "*?", "*?*", "?*?")}, []string{
			first + `"?*" selects all pods of every namespace, ` + everywhere, `Fargate profile "p", selector 2: "*?" selects all pods of every namespace, ` + everywhere,
			`Fargate profile "p", selector 3: "*?*" selects all pods of every namespace, ` + everywhere,
			`Fargate profile "p", selector 4: "?*?" selects all pods of kube-system too, and those that need the host network stay Pending: narrow it, for example with a label`,
		}},
		"with any label":       {[]Profile{selecting("p", "**", map[string]string{"*": "**"})}, []string{first + `"**" selects all pods with a label of every namespace, ` + everywhere}},
		"with some label":      {[]Profile{selecting("p", "*", map[string]string{"*": "?*"}), selecting("q", "*", map[string]string{"??*": "*"})}, nil},
		"any key":              {[]Profile{selecting("p", "*", map[string]string{"?*": "*"})}, []string{first + `"*" selects all pods with a label of every namespace, ` + everywhere}},
		"question marks":       {[]Profile{active("p", "????-??????")}, []string{first + `"????-??????" selects all pods of kube-system too, and those that need the host network stay Pending: narrow it, for example with a label`}},
		"a question mark":      {[]Profile{active("p", "?", "??*?-")}, []string{`Fargate profile "p", selector 2: it can never match: no namespace name can match "??*?-": it ends with "-"`}},
		"the same selector":    {[]Profile{{Name: "p", Status: StatusActive, Selectors: []Selector{{Namespace: "a", Labels: map[string]string{"k": "v"}}, {Namespace: "b"}, {Namespace: "a", Labels: map[string]string{"k": "v"}}}}}, []string{`Fargate profile "p", selector 3: it isn't needed: it is the same as selector 1; leave it out`}},
		"a narrower selector":  {[]Profile{{Name: "p", Status: StatusActive, Selectors: []Selector{{Namespace: "a", Labels: map[string]string{"k": "v"}}, {Namespace: "a*"}, {Namespace: "b"}}}}, []string{first + `it isn't needed: selector 2 selects every pod that it selects; leave it out`}},
		"fewer of its labels":  {[]Profile{{Name: "p", Status: StatusActive, Selectors: []Selector{{Namespace: "a", Labels: map[string]string{"k": "v*", "l": "w"}}, {Namespace: "a", Labels: map[string]string{"k": "v*"}}}}}, []string{first + `it isn't needed: selector 2 selects every pod that it selects; leave it out`}},
		"another value":        {[]Profile{{Name: "p", Status: StatusActive, Selectors: []Selector{{Namespace: "a", Labels: map[string]string{"k": "v", "l": "w"}}, {Namespace: "a", Labels: map[string]string{"k": "w"}}}}}, nil},
		"a value to add":       {[]Profile{{Name: "p", Status: StatusActive, Selectors: []Selector{{Namespace: "a", Labels: map[string]string{"k": "v"}}, {Namespace: "a", Labels: map[string]string{"k": "*"}}}}}, nil},
		"the same in another":  {[]Profile{active("b", "x"), active("a", "x")}, []string{`Fargate profile "b": ` + byName + `"a", whose name sorts earlier`}},
		"one of its selectors": {[]Profile{active("b", "x", "y"), active("a", "x")}, []string{`Fargate profile "b", selector 1: ` + strings.Replace(byName, "names it", "names the profile", 1) + `"a", whose name sorts earlier`}},
		"kube-system itself":   {[]Profile{active("p", "kube-system")}, nil},
		"a label's value":      {[]Profile{selecting("p", "a", map[string]string{"k": "a b"})}, []string{first + `it can never match: no label value can match "a b": it has the character ' '`}},
		"a value with a slash": {[]Profile{selecting("p", "a", map[string]string{"k": "*/*"})}, []string{first + `it can never match: no label value can match "*/*": it has the character '/'`}},
		"a label's key":        {[]Profile{selecting("p", "a", map[string]string{"k:": ""})}, []string{first + `it can never match: no label key can match "k:": it has the character ':'`}},
		"an empty key":         {[]Profile{selecting("p", "a", map[string]string{"": ""})}, []string{first + `it can never match: no label key can match "": it has no name`}},
		"two slashes":          {[]Profile{selecting("p", "a", map[string]string{"a/b/*": ""})}, []string{first + `it can never match: no label key can match "a/b/*": it has more than one slash`}},
		"a capital prefix":     {[]Profile{selecting("p", "a", map[string]string{"A/b": ""})}, []string{first + `it can never match: no label key can match "A/b": it has the character 'A'`}},
		"no prefix":            {[]Profile{selecting("p", "a", map[string]string{"/b": ""})}, []string{first + `it can never match: no label key can match "/b": it starts with a slash`}},
		"no name":              {[]Profile{selecting("p", "a", map[string]string{"b/": ""})}, []string{first + `it can never match: no label key can match "b/": it has no name`}},
		"a long key":           {[]Profile{selecting("p", "a", map[string]string{long: ""})}, []string{first + `it can never match: no label key can match "` + long + `": it is longer than 63 characters`}},
		"never its turn":       {[]Profile{active("p", "x", "y"), active("a", "x"), active("b", "?*")}, []string{`Fargate profile "p": ` + byName + `"a", "b", whose name sorts earlier`, `Fargate profile "b", selector 1: "?*" selects all pods of every namespace, ` + everywhere}},
		"its turn by a label":  {[]Profile{selecting("p", "x", map[string]string{"a": "b"}), selecting("a", "x", map[string]string{"a": "c"})}, nil},
		"fewer labels first":   {[]Profile{selecting("p", "x", map[string]string{"a": "b", "c": "d"}), selecting("a", "x", map[string]string{"a": "*"})}, []string{`Fargate profile "p": ` + byName + `"a", whose name sorts earlier`}},
		"more labels first":    {[]Profile{active("p", "x"), selecting("a", "x", map[string]string{"a": "b"})}, nil},
		"one that is ignored":  {[]Profile{active("p", "x"), {Name: "a", Status: StatusDeleting, Selectors: []Selector{{Namespace: "x"}}}}, []string{`Fargate profile "a": ignored, since it is DELETING: EKS stops its pods, and creates no other profile until it is gone`}},
	} {
		t.Run(name, func(t *testing.T) { checkTexts(t, Problems(c.list), c.want) })
	}
}

// checkTexts compares problems with their texts.
func checkTexts(t *testing.T, problems []Problem, want []string) {
	t.Helper()
	var got []string
	for _, problem := range problems {
		got = append(got, problem.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// What is said to never match doesn't, and what is said to have no turn hasn't.
func TestProblemsAreTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := NewIndex(drawProfiles(t)).Profiles()
		pattern := rapid.StringMatching(`[aA*?/_]{0,3}`)
		for i := range list {
			for j := range list[i].Selectors {
				list[i].Selectors[j].Labels = rapid.MapOfN(pattern, pattern, 0, 1).Draw(t, "labels")
			}
		}
		index := NewIndex(list)
		namespace := rapid.StringMatching(`[ab]([-ab]{0,3}[ab])?`).Draw(t, "pod's namespace")
		labels := rapid.MapOfN(rapid.StringMatching(`(a/)?[aA]([-a_.]{0,2}[aA])?`), rapid.StringMatching(`([aA]([-a_.]{0,2}[aA])?)?`), 0, 3).Draw(t, "pod's labels")
		for _, selector := range index.Selectors(namespace) {
			if !selector.Matches(labels) {
				continue
			}
			for _, problem := range Problems(list) {
				if problem.Profile == selector.Profile && problem.Selector == selector.Order && strings.Contains(problem.Text, "never") {
					t.Fatalf("%s, but it matches", problem)
				}
				if problem.Profile == selector.Profile && (problem.Selector < 0 || list[slices.IndexFunc(list, func(p Profile) bool { return p.Name == problem.Profile })].selects(problem.Selector, namespace, labels)) &&
					strings.Contains(problem.Text, "only gets pods whose label") {
					t.Fatalf("%s, but the pod goes there", problem)
				}
			}
			break
		}
	})
}

// selects reports whether a selector of the profile selects such a pod.
func (p Profile) selects(selector int, namespace string, labels map[string]string) bool {
	one := NewIndex([]Profile{{Name: p.Name, Status: StatusActive, Selectors: p.Selectors[selector : selector+1]}})
	return slices.ContainsFunc(one.Selectors(namespace), func(s *CompiledSelector) bool { return s.Matches(labels) })
}

// A profile selects the same pods without the selectors that are said not to be needed.
func TestLawRedundantSelectorsSelectNothingElse(t *testing.T) {
	pattern := rapid.StringMatching(`[a*?]{1,2}`)
	rapid.Check(t, func(t *rapid.T) {
		p := active("p")
		for range rapid.IntRange(1, 5).Draw(t, "selectors") {
			p.Selectors = append(p.Selectors, Selector{Namespace: pattern.Draw(t, "namespace"), Labels: rapid.MapOfN(pattern, pattern, 0, 2).Draw(t, "labels")})
		}
		left := slices.Clone(p.Selectors)
		for _, problem := range slices.Backward(p.redundant()) {
			left = slices.Delete(left, problem.Selector, problem.Selector+1)
		}
		namespace := rapid.StringMatching(`a{1,3}`).Draw(t, "pod's namespace")
		labels := rapid.MapOfN(rapid.StringMatching(`a{1,3}`), rapid.StringMatching(`a{0,3}`), 0, 2).Draw(t, "pod's labels")
		selected := func(all []Selector) bool {
			q := Profile{Name: "q", Selectors: all}
			for i := range all {
				if q.selects(i, namespace, labels) {
					return true
				}
			}
			return false
		}
		if selected(p.Selectors) != selected(left) {
			t.Fatalf("of %v only %v are needed, but a pod in %s with %v is selected: %v", p.Selectors, left, namespace, labels, selected(p.Selectors))
		}
	})
}

func TestQuotas(t *testing.T) {
	labels := func(n int) map[string]string {
		all := map[string]string{}
		for i := range n {
			all[fmt.Sprint("l", i)] = "x"
		}
		return all
	}
	statuses := func(n int) []Profile { // those that failed count too
		list := make([]Profile, n)
		for i := range list {
			list[i] = Profile{Name: fmt.Sprint("p", i), Status: StatusCreateFailed}
		}
		return list
	}
	of := func(selectors ...Selector) []Profile { return []Profile{{Name: "p", Selectors: selectors}} }
	for name, c := range map[string]struct {
		list []Profile
		want []string
	}{
		"far":            {statuses(7), nil},
		"near":           {statuses(8), []string{"the cluster has 8 of 10 Fargate profiles, the default quota, which AWS raises on request"}},
		"full":           {statuses(10), []string{"the cluster has 10 of 10 Fargate profiles, the default quota, which AWS raises on request"}},
		"raised":         {statuses(11), []string{"the cluster has 11 Fargate profiles, more than the default quota of 10, which AWS raises on request"}},
		"selectors":      {of(make([]Selector, 5)...), []string{`Fargate profile "p": it has 5 of 5 selectors, the default quota, which AWS raises on request`}},
		"more selectors": {of(make([]Selector, 6)...), []string{`Fargate profile "p": it has 6 selectors, more than the default quota of 5, which AWS raises on request`}},
		"labels":         {of(Selector{}, Selector{Labels: labels(5)}), []string{`Fargate profile "p", selector 2: it has 5 of 5 labels, the default quota, which AWS raises on request`}},
		"room":           {of(Selector{}, Selector{}, Selector{}, Selector{Labels: labels(4)}), nil},
	} {
		t.Run(name, func(t *testing.T) { checkTexts(t, Quotas(c.list), c.want) })
	}
}

func TestCovers(t *testing.T) {
	for _, c := range []struct {
		pattern, other string
		want           bool
	}{
		{"team-a", "team-a", true},
		{"team-?", "team-?", true},
		{"team-*", "team-a", true},
		{"team-*", "team-a*", true},
		{"t*-a", "team-?-a", true}, // a * takes any text, question marks among it
		{"?eam", "team", true},
		{"?*", "??", true},   // each ? of the other stands for one character
		{"?*", "a*b", false}, // true, but not certain by the text alone
		{"?", "*", false},
		{"team-a", "team-*", false},
		{"", "*", false},
	} {
		if got := NewPattern(c.pattern).Covers(NewPattern(c.other)); got != c.want {
			t.Errorf("%q covers %q: %t, want %t", c.pattern, c.other, got, c.want)
		}
	}
}

// A pattern that is said to cover another matches all that it does.
func TestCoversIsTrue(t *testing.T) {
	pattern := rapid.StringMatching(`[ab*?]{0,4}`)
	rapid.Check(t, func(t *rapid.T) {
		p, other := NewPattern(pattern.Draw(t, "pattern")), NewPattern(pattern.Draw(t, "other"))
		text := rapid.StringMatching(`[ab]{0,5}`).Draw(t, "text")
		if p.Covers(other) && other.Match(text) && !p.Match(text) {
			t.Fatalf("%q covers %q, but doesn't match %q", p, other, text)
		}
	})
}
