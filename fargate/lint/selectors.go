package lint

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// selectors returns what the webhook does, or doesn't, for the labels of each selector.
func (l *linter) selectors() []profiles.Problem {
	var problems []profiles.Problem
	anywhere := l.anywhere()
	for _, p := range l.index.Profiles() {
		for _, s := range profiles.Compile(p) {
			if len(s.Labels) == 0 || l.wrong[selector{p.Name, s.Order}] {
				continue
			}
			problem := profiles.Problem{Profile: p.Name, Selector: s.Order}
			if text := everywhere(s, &anywhere); text != "" {
				problem.Text, problem.Fix = text, everywhereFix
				problems = append(problems, problem)
			} else if text := l.never(s); text != "" {
				problem.Text, problem.Note = text, true
				problems = append(problems, problem)
			}
		}
	}
	return problems
}

// never says that the webhook adds no label for a selector, where that is certain for all
// namespaces of the selector.
func (l *linter) never(s *profiles.CompiledSelector) string {
	var all []placement.Adds
	if s.Namespace.Literal() {
		adds, ok := l.adds(s.Namespace.String())
		if !ok {
			return "" // it adds none there, whatever the label
		}
		all = append(all, adds)
	} else {
		all = append(all, placement.AddsOf(&l.policy.Settings))
		for i := range l.policy.Namespaces {
			all = append(all, placement.AddsOf(&l.policy.Namespaces[i].Settings))
		}
	}
	key, why := "", ""
	for i := range all {
		if all[i].Labels != policy.LabelsInject {
			return ""
		}
		if key, why = all[i].Never(s); key == "" {
			return ""
		}
	}
	return fmt.Sprintf("the webhook never adds the label %s (%s): only pods that set it themselves run on Fargate by this selector", key, why)
}

const everywhereFix = "if only pods that set them are meant, exempt the other namespaces in the policy, or set labels: Off there"

// anywhere returns what becomes of a pod without labels in a namespace that no policy or selector is
// made for; the zero Placement if the webhook adds no labels there.
func (l *linter) anywhere() placement.Placement {
	namespace := example("*")
	adds, ok := l.adds(namespace)
	if !ok {
		return placement.Placement{}
	}
	return placement.Place(namespace, &metav1.ObjectMeta{}, &corev1.PodSpec{}, l.index, adds)
}

// everywhere says that the webhook adds the labels of a selector to pods of every namespace (S34).
func everywhere(s *profiles.CompiledSelector, anywhere *placement.Placement) string {
	if !s.Namespace.MatchesAllNames() || anywhere.Profile != s.Profile || len(anywhere.Labels) == 0 || !s.Matches(anywhere.Labels) {
		return ""
	}
	return fmt.Sprintf("%q selects every namespace, so the webhook adds %s to the pods of any namespace, unless another selector is nearer or the policy exempts them",
		s.Namespace, placement.LabelsText(anywhere.Labels))
}
