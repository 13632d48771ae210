package profiles

import "fmt"

// The default quotas of EKS (F1.2). AWS raises them on request, so nothing is refused by them (S7).
const (
	profilesPerCluster  = 10
	selectorsPerProfile = 5
	labelsPerSelector   = 5
)

// Quotas says in words where profiles come near the default quotas of EKS: in their number from
// four fifths on, since replacing a profile takes room for one more (F1.10), and in selectors and
// labels from the quota on. Profiles of every status count.
func Quotas(list []Profile) []string {
	var notes []string
	if n := len(list); n >= profilesPerCluster*4/5 {
		notes = append(notes, used("the cluster", n, profilesPerCluster, "Fargate profiles"))
	}
	for _, p := range list {
		if n := len(p.Selectors); n >= selectorsPerProfile {
			notes = append(notes, used(fmt.Sprintf("Fargate profile %q", p.Name), n, selectorsPerProfile, "selectors"))
		}
		for i, selector := range p.Selectors {
			if n := len(selector.Labels); n >= labelsPerSelector {
				notes = append(notes, used(fmt.Sprintf("Fargate profile %q, selector %d", p.Name, i+1), n, labelsPerSelector, "labels"))
			}
		}
	}
	return notes
}

func used(what string, n, quota int, of string) string {
	if n > quota {
		return fmt.Sprintf("%s has %d %s, more than the default quota of %d: AWS raises it on request", what, n, of, quota)
	}
	return fmt.Sprintf("%s has %d of %d %s, the default quota: AWS raises it on request", what, n, quota, of)
}
