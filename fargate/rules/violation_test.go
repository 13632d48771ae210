package rules

import (
	"reflect"
	"testing"
)

func TestNewSinceKeepsWhatAnUpdateAdds(t *testing.T) {
	container := func(name, path string) Violation { return violated(Subject{"container", name}, "", path) }
	port := func(name string, container, port string) Violation {
		return violated(Subject{"container", name}, "", "spec.containers["+container+"].ports["+port+"].hostPort")
	}
	warning := func(v Violation) Violation { v.WarnOnly = true; return v }
	rule := func(v Violation, r *Rule) Violation { v.rule = r; return v }
	value := func(v Violation, value, problem string) Violation { v.Value, v.Problem = value, problem; return v }
	selector := func(key string) Violation { return violated(Subject{}, "", "spec.nodeSelector["+key+"]") }
	list := func(violations ...Violation) []Violation { return violations }
	for name, c := range map[string]struct {
		now, before []Violation
		new         []int // indexes in now
	}{
		"nothing before":              {list(port("a", "0", "0")), nil, []int{0}},
		"nothing now":                 {nil, list(port("a", "0", "0")), nil},
		"the same":                    {list(port("a", "0", "0")), list(port("a", "0", "0")), nil},
		"elsewhere in both lists":     {list(port("a", "1", "2")), list(port("a", "0", "10")), nil},
		"another value":               {list(value(port("a", "0", "0"), "81", "is 81")), list(value(port("a", "0", "0"), "80", "is 80")), nil},
		"another container":           {list(port("b", "0", "0")), list(port("a", "0", "0")), []int{0}},
		"another field":               {list(container("a", "spec.containers[0].x")), list(container("a", "spec.containers[0].y")), []int{0}},
		"another rule":                {list(rule(port("a", "0", "0"), Privileged)), list(port("a", "0", "0")), []int{0}},
		"a second port":               {list(port("a", "0", "0"), port("a", "0", "1")), list(port("a", "0", "0")), []int{1}},
		"one port of two":             {list(port("a", "0", "0")), list(port("a", "0", "0"), port("a", "0", "1")), nil},
		"a second container":          {list(port("a", "0", "0"), port("b", "1", "0")), list(port("b", "0", "0")), []int{0}},
		"a warning excuses no denial": {list(port("a", "0", "0")), list(warning(port("a", "0", "0"))), []int{0}},
		"a denial, then a warning":    {list(warning(port("a", "0", "0"))), list(port("a", "0", "0")), []int{0}},
		"a key isn't an index":        {list(selector("disk")), list(selector("gpu")), []int{0}},
		"the same key":                {list(selector("disk")), list(selector("disk")), nil},
	} {
		t.Run(name, func(t *testing.T) {
			var want []Violation
			for _, i := range c.new {
				want = append(want, c.now[i])
			}
			if got := NewSince(c.now, c.before); !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v\nwant %+v", got, want)
			}
		})
	}
}

// A claim template is another one by its name, not by its place.
func TestNewSinceKnowsClaimTemplates(t *testing.T) {
	violations := func(names ...string) []Violation {
		p := claiming(storageCluster(), true)
		p.Spec.Volumes = nil
		for _, name := range names {
			claim := claimIn("", ofClass("gp3"))
			claim.Name = name
			p.ClaimTemplates = append(p.ClaimTemplates, *claim)
		}
		return CheckPod(p, false)
	}
	for name, c := range map[string]struct {
		before []Violation
		want   []*Rule
	}{
		"the same, elsewhere in the list": {violations("logs", "data"), nil},
		"another template":                {violations("logs"), []*Rule{PersistentVolume}},
		"no template":                     {nil, []*Rule{PersistentVolume}},
	} {
		t.Run(name, func(t *testing.T) { checkRules(t, NewSince(violations("data"), c.before), c.want...) })
	}
}

func TestSubjectIsQuotedWithItsKind(t *testing.T) {
	for want, subject := range map[string]Subject{
		`init container "setup"`: {"init container", "setup"}, "spec.hostPID": FieldSubject("spec.hostPID"),
	} {
		if got := subject.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
