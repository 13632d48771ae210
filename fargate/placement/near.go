package placement

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Near is a profile that would take a pod with these labels.
type Near struct {
	Profile string            `json:"profile"`
	Labels  map[string]string `json:"labels"`
}

// others returns the candidates of other profiles that need other labels, each profile once. One
// that needs the same labels matches too. have are the labels of the pod.
func (c *candidate) others(ties []candidate, have map[string]string) []Near {
	var near []Near
	var lacks map[string]string
	for i := range ties {
		profile := ties[i].selector.Profile
		if profile == c.selector.Profile || len(near) > 0 && near[len(near)-1].Profile == profile {
			continue
		}
		if lacks == nil {
			lacks = c.labels(have)
		}
		if labels := ties[i].labels(have); !maps.Equal(labels, lacks) {
			near = append(near, Near{Profile: profile, Labels: labels})
		}
	}
	return near
}

// maxNear is how many equally near profiles a reason names; the others are counted.
const maxNear = 3

// equallyNear says which profiles are as near as the one that takes the pod.
func equallyNear(near []Near) string {
	shown := near[:min(len(near), maxNear)]
	names := make([]string, 0, len(shown)+1)
	for _, n := range shown {
		names = append(names, fmt.Sprintf("%q (%s)", n.Profile, LabelsText(n.Labels)))
	}
	if more := len(near) - len(shown); more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return "equally near: " + strings.Join(names, ", ") + "; the profile whose name sorts first is chosen"
}

// LabelsText lists labels by key, as "run: on-fargate, team: web".
func LabelsText(labels map[string]string) string {
	pairs := make([]string, 0, len(labels))
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		pairs = append(pairs, key+": "+labels[key])
	}
	return strings.Join(pairs, ", ")
}
