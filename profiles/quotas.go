package profiles

import "fmt"

// The default quotas of EKS (F1.2). AWS raises them on request, so nothing is refused by them (S7).
const (
	profilesPerCluster  = 10
	selectorsPerProfile = 5
	labelsPerSelector   = 5
)

// Quotas returns notes on profiles that come near the default quotas of EKS: in their number from
// four fifths on, since replacing a profile takes room for one more (F1.10), and in selectors and
// labels from the quota on. Profiles of every status count.
func Quotas(list []Profile) []Problem {
	var notes []Problem
	if n := len(list); n >= profilesPerCluster*4/5 {
		notes = append(notes, Problem{Selector: -1, Text: used("the cluster", n, profilesPerCluster, "Fargate profiles"), Note: true})
	}
	for _, p := range list {
		if n := len(p.Selectors); n >= selectorsPerProfile {
			notes = append(notes, Problem{Profile: p.Name, Selector: -1, Text: used("it", n, selectorsPerProfile, "selectors"), Note: true})
		}
		for i, selector := range p.Selectors {
			if n := len(selector.Labels); n >= labelsPerSelector {
				notes = append(notes, Problem{Profile: p.Name, Selector: i, Text: used("it", n, labelsPerSelector, "labels"), Note: true})
			}
		}
	}
	return notes
}

func used(what string, n, quota int, of string) string {
	if n > quota {
		return fmt.Sprintf("%s has %d %s, more than the default quota of %d, which AWS raises on request", what, n, of, quota)
	}
	return fmt.Sprintf("%s has %d of %d %s, the default quota, which AWS raises on request", what, n, quota, of)
}
