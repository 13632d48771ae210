package placement

import (
	"testing"

	"fargate-webhook/profiles"
)

// Where no profile selects a namespace, the nearest one and what a pod lacks for it are named, and
// at most five namespaces that profiles select.
func TestOtherNamespaces(t *testing.T) {
	profile := func(name string, selectors ...profiles.Selector) profiles.Profile {
		return profiles.Profile{Name: name, Status: profiles.StatusActive, Selectors: selectors}
	}
	in := func(namespace string, labels map[string]string) profiles.Selector {
		return profiles.Selector{Namespace: namespace, Labels: labels}
	}
	run := map[string]string{"run": "on-fargate"}
	many := []profiles.Profile{profile("z", in("team-*", map[string]string{"a": "1", "b": "2"}))}
	for _, name := range []string{"f", "e", "d", "c", "b", "a"} {
		many = append(many, profile(name, in(name+name+name+name, run)))
	}
	for name, c := range map[string]struct {
		namespace string
		labels    map[string]string
		profiles  []profiles.Profile
		want      string
	}{
		"selected":      {"apps", nil, []profiles.Profile{profile("p", in("apps", run))}, ""},
		"no profile":    {"apps", nil, nil, "there is no ACTIVE Fargate profile"},
		"one":           {"apps", nil, []profiles.Profile{profile("p", in("web", run))}, `the nearest, Fargate profile "p", selects namespace "web" and requires run: on-fargate`},
		"its labels":    {"apps", run, []profiles.Profile{profile("p", in("web", run))}, `the nearest, Fargate profile "p", selects namespace "web"`},
		"fewest":        {"apps", map[string]string{"a": "1"}, []profiles.Profile{profile("p", in("web", map[string]string{"x": "1", "y": "1"})), profile("q", in("w*", map[string]string{"a": "1", "b": "2"}))}, `the nearest, Fargate profile "q", selects namespace "w*" and requires b: 2; profiles select namespaces "web", "w*"`},
		"similar":       {"wweb", run, []profiles.Profile{profile("p", in("jobs", run)), profile("q", in("wweb1", map[string]string{"a": "1"}))}, `the nearest, Fargate profile "q", selects namespace "wweb1" and requires a: 1; profiles select namespaces "jobs", "wweb1"`},
		"many":          {"none", nil, many, `the nearest, Fargate profile "a", selects namespace "aaaa" and requires run: on-fargate; profiles select namespaces "aaaa", "bbbb", "cccc", "dddd", "eeee" and 2 more`},
		"by a wildcard": {"team-x", nil, many, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := OtherNamespaces(c.namespace, c.labels, profiles.NewIndex(c.profiles)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}
