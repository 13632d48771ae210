package migration

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fargate-webhook/fargate/rules"
	"fargate-webhook/internal/text"
	"fargate-webhook/policy"
)

const (
	// maxNamed is how many containers a message names; the others are counted.
	maxNamed = 10
	// maxText is the longest text, in bytes: a value that it quotes may have a megabyte.
	maxText = 1 << 10
)

// findings makes one finding of the places that differ only in the container. Containers are named
// in alphabetical order, wherever they stand in the pod.
func (n *Note) findings(places []place) []rules.Finding {
	slices.SortStableFunc(places, func(a, b place) int { return cmp.Compare(a.container, b.container) })
	var found []rules.Finding
	for len(places) > 0 {
		first := places[0]
		same := func(p place) bool {
			return p == first || first.container != "" && p.container != "" && p.problem == first.problem && p.fix == first.fix
		}
		var group, rest []place
		for _, p := range places {
			if same(p) {
				group = append(group, p)
			} else {
				rest = append(rest, p)
			}
		}
		found, places = append(found, n.finding(group)), rest
	}
	return found
}

func (n *Note) finding(group []place) rules.Finding {
	f := rules.Finding{
		Rule: n.ID, Action: policy.Warn, Severity: n.Severity, Field: group[0].field,
		Message: text.Truncate(subjects(group)+group[0].problem, maxText),
		Remedy:  text.Truncate(cmp.Or(group[0].fix, n.Fix), maxText),
	}
	if len(group) > 1 {
		for _, p := range group {
			f.Fields = append(f.Fields, p.field)
		}
	}
	return f
}

// subjects returns `containers "a", "b" `, and nothing for places that are not of containers.
func subjects(group []place) string {
	var names []string
	for _, p := range group {
		if name := strconv.Quote(text.Truncate(p.container, 100)); p.container != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	switch {
	case len(names) == 0:
		return ""
	case len(names) == 1:
		return "container " + names[0] + " "
	case len(names) > maxNamed:
		return fmt.Sprintf("containers %s and %d more ", strings.Join(names[:maxNamed], ", "), len(names)-maxNamed)
	}
	return "containers " + strings.Join(names, ", ") + " "
}
