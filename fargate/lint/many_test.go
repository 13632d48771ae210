//go:build !race

package lint

import (
	"fmt"
	"testing"
	"time"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// However many profiles a file has, and however many labels they share, the search ends soon: it
// compares few of them, and places few pods. The race detector makes it ten times as slow.
func TestProblemsOfManyProfiles(t *testing.T) {
	const many, soon = 2000, 10 * time.Second // without limits it takes more than 30 s
	everywhere, sharing, crowded := make([]profiles.Profile, many), make([]profiles.Profile, many/5), make([]profiles.Profile, 10*many)
	for i := range everywhere {
		name := fmt.Sprintf("p%04d", i)
		everywhere[i] = fargatetest.Profile(name, selects("*", "k"+name, "v"), selects("n"+name, "z"+name, "q"))
	}
	for i := range sharing {
		labels := map[string]string{}
		for bit := range 20 {
			labels[fmt.Sprint("k", bit)] = fmt.Sprint((i*i + i) >> (bit % 10) & (1 + bit/10))
		}
		sharing[i] = fargatetest.Profile(fmt.Sprintf("p%04d", i), profiles.Selector{Namespace: "apps", Labels: labels})
	}
	for i := range crowded {
		name := fmt.Sprintf("p%05d", i)
		crowded[i] = fargatetest.Profile(name, selects("apps", "team", name), selects("web", "team", name))
	}
	crowded[0].Selectors[0].Namespace = "Apps"
	p := policy.Default()
	for name, list := range map[string][]profiles.Profile{"everywhere": everywhere, "sharing labels": sharing, "one namespace": crowded} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			found := Problems(list, &p)
			if took := time.Since(began); took > soon || len(found) == 0 {
				t.Errorf("%d problems in %s", len(found), took)
			}
		})
	}
}
