package lint

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/profiles"
)

// Limits of the search for ties, far more than EKS's quotas need (F1.2): a file may have any number
// of profiles. What is beyond them is not looked at.
const (
	// maxCompared is how many labels of selectors are compared with those of others.
	maxCompared = 5_000_000
	// maxPlaced is how many labels of selectors pods are placed by. That takes about a hundred times
	// as long.
	maxPlaced = 50_000
)

// tie is what the webhook decides by the names of profiles only.
type tie struct {
	profile string
	// text says so, after the namespaces.
	text   string
	places []place
}

// equallyNear returns the profiles that the webhook chooses by their names only, for pods that set
// no label of a profile, or only labels that two profiles share (F1.6).
func (l *linter) equallyNear() []profiles.Problem {
	var ties []*tie
	known := map[string]*tie{}
	compared, placed := 0, 0
	for _, at := range l.places() {
		adds, ok := l.adds(at.namespace)
		if !ok {
			continue
		}
		selectors := l.index.Selectors(at.namespace)
		if compared += len(selectors); compared > maxCompared {
			break
		}
		all := labelCount(selectors)
		if compared+all*len(selectors) > maxCompared {
			continue // the next namespace may have fewer
		}
		compared += all * len(selectors)
		for _, labels := range shared(selectors, (maxPlaced-placed)/max(all, 1)) {
			placed += all
			got := placement.Place(at.namespace, &metav1.ObjectMeta{Labels: labels}, &corev1.PodSpec{}, l.index, adds)
			if len(got.EquallyNear) == 0 {
				continue
			}
			text := describe(labels, &got, selectors)
			if known[text] == nil {
				known[text] = &tie{profile: got.Profile, text: text}
				ties = append(ties, known[text])
			}
			known[text].places = append(known[text].places, at)
		}
	}
	problems := make([]profiles.Problem, 0, len(ties))
	for _, t := range ties {
		problems = append(problems, profiles.Problem{
			Profile: t.profile, Selector: -1, Text: fmt.Sprintf("in %s a pod %s", namespaces(t.places), t.text),
			Fix: "give pods the labels of the profile that they are meant for, or name it in their label " + placement.ProfileLabel,
		})
	}
	return problems
}

// labelCount returns how many labels selectors have, and one for each.
func labelCount(selectors []*profiles.CompiledSelector) int {
	n := len(selectors)
	for _, s := range selectors {
		n += len(s.Labels)
	}
	return n
}

// shared returns the labels of pods that two profiles may be equally near to: none, and for each pair
// of selectors with as many labels those that both ask for, each once, and no more than the limit.
func shared(selectors []*profiles.CompiledSelector, limit int) []map[string]string {
	if len(selectors) < 2 || limit == 0 {
		return nil
	}
	all, known := []map[string]string{{}}, map[string]bool{"": true}
	for i, a := range selectors {
		for _, b := range selectors[i+1:] {
			if a.Profile == b.Profile || len(a.Labels) != len(b.Labels) {
				continue
			}
			both := common(a.Labels, b.Labels)
			text := placement.LabelsText(both)
			if len(both) == len(a.Labels) || known[text] {
				continue
			}
			if len(all) == limit {
				return all
			}
			known[text] = true
			all = append(all, both)
		}
	}
	return all
}

// common returns the labels without wildcards that two selectors ask for. Both are sorted by key.
func common(a, b []profiles.LabelPattern) map[string]string {
	both := map[string]string{}
	for len(a) > 0 && len(b) > 0 {
		switch order := strings.Compare(a[0].Key.String(), b[0].Key.String()); {
		case order < 0:
			a = a[1:]
		case order > 0:
			b = b[1:]
		default:
			if a[0] == b[0] && a[0].Key.Literal() && a[0].Value.Literal() {
				both[a[0].Key.String()] = a[0].Value.String()
			}
			a, b = a[1:], b[1:]
		}
	}
	return both
}

// maxShown is how many profiles, or namespaces, a problem names; the others are counted.
const maxShown = 3

// describe says what becomes of a pod with labels, in a namespace of these selectors.
func describe(labels map[string]string, got *placement.Placement, selectors []*profiles.CompiledSelector) string {
	with := "that sets none of the labels that profiles ask for there"
	if len(labels) > 0 {
		with = fmt.Sprintf("with %s that sets none of the other labels that profiles ask for there", placement.LabelsText(labels))
	}
	near := make([]string, 0, len(got.EquallyNear))
	for _, n := range got.EquallyNear {
		near = append(near, fmt.Sprintf("%q (%s)", n.Profile, placement.LabelsText(n.Labels)))
	}
	return fmt.Sprintf("%s is as near to it as to %s: the pod gets %s, since the name %q sorts first",
		with, shown(near), placement.LabelsText(withoutPin(labels, got, selectors)), got.Profile)
}

// withoutPin returns the labels that the webhook adds to a pod with labels, without the one that
// only names its profile because others match too. A selector may ask for that one itself.
func withoutPin(labels map[string]string, got *placement.Placement, selectors []*profiles.CompiledSelector) map[string]string {
	gets := maps.Clone(got.Labels)
	delete(gets, placement.ProfileLabel)
	has := maps.Clone(gets)
	maps.Copy(has, labels)
	for _, s := range placement.OfProfile(selectors, got.Profile) {
		if s.Matches(has) {
			return gets
		}
	}
	return got.Labels
}

// namespaces names those of a tie.
func namespaces(places []place) string {
	names := make([]string, 0, len(places))
	for _, p := range places {
		name := p.namespace
		if p.pattern != "" {
			name = fmt.Sprintf("%s (by %q)", p.namespace, p.pattern)
		}
		names = append(names, name)
	}
	if len(names) == 1 {
		return "namespace " + names[0]
	}
	return "namespaces " + shown(names)
}

func shown(texts []string) string {
	if more := len(texts) - maxShown; more > 0 {
		texts = append(slices.Clip(texts[:maxShown]), fmt.Sprintf("%d more", more))
	}
	return strings.Join(texts, ", ")
}
