package profiles

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// active is an ACTIVE profile with a selector for each namespace.
func active(name string, namespaces ...string) Profile {
	profile := Profile{Name: name, Status: StatusActive}
	for _, namespace := range namespaces {
		profile.Selectors = append(profile.Selectors, Selector{Namespace: namespace})
	}
	return profile
}

// names says what selectors were found, as profile/order.
func names(selectors []*CompiledSelector) []string {
	var list []string
	for _, selector := range selectors {
		list = append(list, fmt.Sprintf("%s/%d", selector.Profile, selector.Order))
	}
	return list
}

func TestIndexSelectors(t *testing.T) {
	tests := []struct {
		name string
		list []Profile
		want map[string][]string // namespace: selectors found
	}{
		{"empty", nil, map[string][]string{"apps": nil, "": nil}},
		{"exact namespace (F1.1)", []Profile{active("p", "apps", "web")},
			map[string][]string{"apps": {"p/0"}, "web": {"p/1"}, "other": nil, "app": nil}},
		{"order by name in bytes (F1.6)", []Profile{active("prod-workload", "apps"), active("beta-workload", "apps"), active("a2", "apps"),
			active("a10", "apps"), active("Z", "apps")},
			map[string][]string{"apps": {"Z/0", "a10/0", "a2/0", "beta-workload/0", "prod-workload/0"}}},
		{"then by place in the profile", []Profile{active("p", "apps", "*", "apps")},
			map[string][]string{"apps": {"p/0", "p/1", "p/2"}, "web": {"p/1"}}},
		{"patterns and names are one order", []Profile{active("a", "prod*"), active("b", "prod-1"), active("c", "*"), active("d", "prod-1")},
			map[string][]string{"prod-1": {"a/0", "b/0", "c/0", "d/0"}, "prod-2": {"a/0", "c/0"}, "x": {"c/0"}}},
		{"several patterns", []Profile{active("c", "*-x"), active("b", "team-*"), active("a", "*", "t*x")},
			map[string][]string{"team-x": {"a/0", "a/1", "b/0", "c/0"}, "team-y": {"a/0", "b/0"}, "y": {"a/0"}}},
		{"identical selectors in two profiles (F1.15)", []Profile{active("b", "apps"), active("a", "apps")},
			map[string][]string{"apps": {"a/0", "b/0"}}},
		{"only ACTIVE ones count (S6)", []Profile{{Name: "a", Status: StatusCreating, Selectors: []Selector{{Namespace: "apps"}}},
			{Name: "b", Status: StatusDeleting, Selectors: []Selector{{Namespace: "apps"}}},
			{Name: "c", Status: StatusCreateFailed, Selectors: []Selector{{Namespace: "apps"}}},
			{Name: "d", Status: StatusDeleteFailed, Selectors: []Selector{{Namespace: "*"}}},
			{Name: "e", Selectors: []Selector{{Namespace: "apps"}}}, active("f", "apps")},
			map[string][]string{"apps": {"f/0"}, "x": nil}},
		{"a selector without a namespace selects nothing", []Profile{active("p", "", "apps")},
			map[string][]string{"": nil, "apps": {"p/1"}}},
		{"more than the quotas (S7)", []Profile{active("p", slices.Repeat([]string{"apps"}, 12)...)},
			map[string][]string{"apps": {"p/0", "p/1", "p/2", "p/3", "p/4", "p/5", "p/6", "p/7", "p/8", "p/9", "p/10", "p/11"}}},
		{"profiles of one name count as one", []Profile{active("p", "web"), active("a", "apps"), active("p", "apps", "web"),
			{Name: "p", Status: StatusDeleting, Selectors: []Selector{{Namespace: "gone"}}}},
			map[string][]string{"apps": {"a/0", "p/1"}, "web": {"p/0", "p/2"}, "gone": nil}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			x := NewIndex(test.list)
			for namespace, want := range test.want {
				if diff := cmp.Diff(want, names(x.Selectors(namespace))); diff != "" {
					t.Errorf("namespace %q (-want +got):\n%s", namespace, diff)
				}
			}
		})
	}
}

func TestIndexHas(t *testing.T) {
	x := NewIndex([]Profile{active("b"), active("a"), active("a"), {Name: "c", Status: StatusCreating}})
	for name, want := range map[string]bool{"a": true, "b": true, "c": false, "": false, "d": false, "A": false} {
		if got := x.Has(name); got != want {
			t.Errorf("Has(%q) = %t, want %t", name, got, want)
		}
	}
	if NewIndex(nil).Has("a") {
		t.Error("an empty index has a profile")
	}
}

func TestIndexNamespaces(t *testing.T) {
	exact, patterns := NewIndex([]Profile{active("b", "web", "prod*", "apps"), active("a", "apps", "*", "prod?", "prod*"),
		{Name: "c", Status: StatusDeleting, Selectors: []Selector{{Namespace: "gone"}, {Namespace: "gone*"}}}}).Namespaces()
	if diff := cmp.Diff([]string{"apps", "web"}, exact); diff != "" {
		t.Errorf("exact (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"*", "prod*", "prod?"}, patterns); diff != "" {
		t.Errorf("patterns (-want +got):\n%s", diff)
	}
}

// TestIndexSharesNothing changes what went in and what came out: the Index must not notice.
func TestIndexSharesNothing(t *testing.T) {
	list := func() []Profile {
		return []Profile{{Name: "a", Status: StatusActive, Selectors: []Selector{{Namespace: "apps", Labels: map[string]string{"run": "x"}}}}}
	}
	in := list()
	x := NewIndex(in)
	spoil := func(l []Profile) {
		l[0].Selectors[0].Labels["run"] = "spoilt"
		l[0].Selectors[0].Namespace = "spoilt"
		l[0].Name = "spoilt"
	}
	spoil(in)
	spoil(x.Profiles())
	if diff := cmp.Diff(list(), x.Profiles()); diff != "" {
		t.Errorf("profiles (-want +got):\n%s", diff)
	}
	if found := x.Selectors("apps"); len(found) != 1 || !found[0].Matches(map[string]string{"run": "x"}) {
		t.Error("the selectors changed")
	}
}

// TestIndexIsNotChangedByLookUps: what is merged for one namespace must not show in the next
// look-up.
func TestIndexIsNotChangedByLookUps(t *testing.T) {
	x := NewIndex([]Profile{active("a", "t*"), active("b", "*x"), active("c", "t*"), active("d", "t*")})
	for range 2 {
		if diff := cmp.Diff([]string{"a/0", "b/0", "c/0", "d/0"}, names(x.Selectors("tx"))); diff != "" {
			t.Errorf("namespace tx (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"a/0", "c/0", "d/0"}, names(x.Selectors("ty"))); diff != "" {
			t.Errorf("namespace ty (-want +got):\n%s", diff)
		}
	}
}

// drawProfiles draws from few names and namespaces, so that everything collides.
func drawProfiles(t *rapid.T) []Profile {
	namespace := rapid.StringOfN(rapid.RuneFrom([]rune("aab**?")), 0, 5, -1)
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Profile {
		return Profile{
			Name:   rapid.StringOfN(rapid.RuneFrom([]rune("Pp1")), 1, 2, -1).Draw(t, "name"),
			Status: rapid.SampledFrom([]Status{StatusActive, StatusActive, StatusActive, StatusDeleting}).Draw(t, "status"),
			Selectors: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Selector {
				return Selector{Namespace: namespace.Draw(t, "namespace")}
			}), 0, 5).Draw(t, "selectors"),
		}
	}), 0, 12).Draw(t, "profiles")
}

// scan is the definition of Selectors, without any preparation.
func scan(list []Profile, namespace string) []string {
	joined := map[string][]Selector{}
	for _, profile := range list {
		if profile.Status == StatusActive {
			joined[profile.Name] = append(joined[profile.Name], profile.Selectors...)
		}
	}
	var found []string
	for name, selectors := range joined {
		for order, selector := range selectors {
			if selector.Namespace != "" && asRegexp(selector.Namespace).MatchString(namespace) {
				found = append(found, fmt.Sprintf("%s/%03d", name, order))
			}
		}
	}
	slices.Sort(found)
	return found
}

func TestIndexFindsWhatAScanFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := drawProfiles(t)
		x := NewIndex(list)
		for _, namespace := range rapid.SliceOfN(rapid.StringOfN(rapid.RuneFrom([]rune("ab")), 0, 5, -1), 1, 8).Draw(t, "namespaces") {
			var got []string
			for _, selector := range x.Selectors(namespace) {
				got = append(got, fmt.Sprintf("%s/%03d", selector.Profile, selector.Order))
			}
			if diff := cmp.Diff(scan(list, namespace), got); diff != "" {
				t.Fatalf("namespace %q (-scan +index):\n%s", namespace, diff)
			}
		}
	})
}

// TestIndexDoesNotDependOnTheOrderOfTheList holds for names that occur once, as they do in a
// cluster.
func TestIndexDoesNotDependOnTheOrderOfTheList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := NewIndex(drawProfiles(t)).Profiles()
		shuffled := rapid.Permutation(list).Draw(t, "shuffled")
		if diff := cmp.Diff(list, NewIndex(shuffled).Profiles()); diff != "" {
			t.Fatalf("profiles (-want +got):\n%s", diff)
		}
		for _, namespace := range []string{"a", "ab", "aab", "b"} {
			if diff := cmp.Diff(names(NewIndex(list).Selectors(namespace)), names(NewIndex(shuffled).Selectors(namespace))); diff != "" {
				t.Fatalf("namespace %q (-want +got):\n%s", namespace, diff)
			}
		}
	})
}

func TestIndexSelectorsAllocates(t *testing.T) {
	x := NewIndex([]Profile{active("a", "apps", "prod*"), active("b", "apps", "*-x")})
	tests := map[string]float64{"apps": 0, "other": 0, "prod-1": 0, "y-x": 0, "prod-x": 1}
	for namespace, want := range tests {
		if n := testing.AllocsPerRun(100, func() { x.Selectors(namespace) }); n != want {
			t.Errorf("namespace %q: %v allocations, want %v", namespace, n, want)
		}
	}
	if n := testing.AllocsPerRun(100, func() { x.Has("b") }); n != 0 {
		t.Errorf("Has allocates %v times", n)
	}
	if long := strings.Repeat("a", 1000); len(x.Selectors(long)) != 0 {
		t.Error("a name that can't be is found")
	}
}
