package rules

import (
	"strconv"
	"strings"
	"testing"

	"fargate-webhook/policy"
)

// many returns violations of one rule, of which only the first are kept.
func many(names ...string) []Violation {
	var found []Violation
	for _, name := range names {
		v := violated(Subject{"container", name}, "", "spec.containers[0]")
		v.Action = policy.Deny
		found = Keep(found, v)
	}
	for i := range found {
		found[i].rule = Privileged
	}
	return found
}

func names(from, to int) []string {
	var list []string
	for i := from; i < to; i++ {
		list = append(list, "c"+strconv.Itoa(i))
	}
	return list
}

// Violations beyond the first ones of a rule are counted.
func TestFindingsCountWhatIsNotKept(t *testing.T) {
	found := many(names(0, 250)...)
	findings := Findings(found)
	if len(found) != maxKept || len(findings) != 1 || !strings.Contains(findings[0].Message, `"c9" and 90 more (and 150 more places) must not`) {
		t.Errorf("%d kept, findings %+v", len(found), findings)
	}
}

// An update is refused for what it adds, though that is beyond the violations that are kept; and
// for nothing that was there, though the old object had more of it.
func TestNewSinceComparesWhatIsNotKept(t *testing.T) {
	for name, c := range map[string]struct {
		now, before []string
		want        int
	}{
		"the same":                {names(0, 250), names(0, 250), 0},
		"the first is gone":       {names(1, 250), names(0, 250), 0},
		"one more, at the end":    {names(0, 251), names(0, 250), 1},
		"one more, at the start":  {append([]string{"new"}, names(0, 250)...), names(0, 250), 1},
		"one instead of another":  {append(names(0, 249), "new"), names(0, 250), 1},
		"few of many":             {names(200, 210), names(0, 250), 0},
		"many more":               {names(0, 500), names(0, 250), 250},
		"another in the opposite": {names(0, 250), names(1, 251), 1},
	} {
		got := 0
		for _, v := range NewSince(many(c.now...), many(c.before...)) {
			got += len(v.more)
			if len(v.more) == 0 {
				got++
			}
		}
		if got != c.want {
			t.Errorf("%s: %d new ones, want %d", name, got, c.want)
		}
	}
}

// A violation that refuses the object is kept before warnings.
func TestKeepPrefersWhatRefuses(t *testing.T) {
	var found []Violation
	for range 2 * maxKept {
		found = Keep(found, Violation{WarnOnly: true})
	}
	found = Keep(found, Violation{Field: "spec.type"})
	found = Keep(found, Violation{WarnOnly: true})
	last := found[len(found)-1]
	if len(found) != maxKept || last.WarnOnly || last.Field != "spec.type" || len(last.more) != maxKept+2 {
		t.Errorf("%d kept, the last is %+v", len(found), last)
	}
}
