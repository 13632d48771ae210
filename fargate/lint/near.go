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

// maxPairs limits how many pairs of selectors are compared, far more than EKS's quotas allow (F1.2):
// a file may have any number. What comes later is not looked at.
const maxPairs = 200_000

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
	pairs := 0
	for _, at := range l.places() {
		adds, ok := l.adds(at.namespace)
		if !ok {
			continue
		}
		selectors := l.index.Selectors(at.namespace)
		if pairs += len(selectors) * len(selectors) / 2; pairs > maxPairs {
			break
		}
		for _, labels := range shared(selectors) {
			got := placement.Place(at.namespace, &metav1.ObjectMeta{Labels: labels}, &corev1.PodSpec{}, l.index, adds)
			if len(got.EquallyNear) == 0 {
				continue
			}
			text := describe(labels, &got)
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

// shared returns the labels of pods that two profiles may be equally near to: for each pair of
// selectors with as many labels those that both ask for, each once.
func shared(selectors []*profiles.CompiledSelector) []map[string]string {
	var all []map[string]string
	for i, a := range selectors {
		for _, b := range selectors[i+1:] {
			if a.Profile == b.Profile || len(a.Labels) != len(b.Labels) {
				continue
			}
			labels := map[string]string{}
			for _, label := range a.Labels {
				if label.Key.Literal() && label.Value.Literal() && slices.Contains(b.Labels, label) {
					labels[label.Key.String()] = label.Value.String()
				}
			}
			if len(labels) < len(a.Labels) && !slices.ContainsFunc(all, func(other map[string]string) bool { return maps.Equal(other, labels) }) {
				all = append(all, labels)
			}
		}
	}
	return all
}

// maxShown is how many profiles, or namespaces, a problem names; the others are counted.
const maxShown = 3

// describe says what becomes of a pod with labels.
func describe(labels map[string]string, got *placement.Placement) string {
	with := "that sets none of the labels that profiles ask for there"
	if len(labels) > 0 {
		with = fmt.Sprintf("with %s that sets none of the other labels that profiles ask for there", placement.LabelsText(labels))
	}
	near := make([]string, 0, len(got.EquallyNear))
	for _, n := range got.EquallyNear {
		near = append(near, fmt.Sprintf("%q (%s)", n.Profile, placement.LabelsText(n.Labels)))
	}
	gets := maps.Clone(got.Labels)
	delete(gets, placement.ProfileLabel)
	return fmt.Sprintf("%s is as near to it as to %s: the pod gets %s, since the name %q sorts first", with, shown(near), placement.LabelsText(gets), got.Profile)
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
