package traffic

import (
	"fmt"
	"maps"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/placement"
)

// Selection is the pods that a label selector selects, as far as they are known.
type Selection struct {
	// On are the known workloads whose pods run on Fargate, and Off the others. Of each Fargate
	// workload there is its profile.
	On, Off  []Workload
	Profiles []string
	// Profile is the profile that takes pods with exactly the labels that are selected, where no
	// workload of such is known; "" if none does.
	Profile string
	// Reason says why the pods do or don't run on Fargate.
	Reason string
	// Unseen is true if there are more workloads, that weren't decided about.
	Unseen bool
}

// OnFargate reports whether some of the pods run on Fargate, or would.
func (s *Selection) OnFargate() bool { return len(s.On) > 0 || s.Profile != "" }

// Select returns the pods that a selector selects in the namespace. An object that opts out of
// Fargate selects none; an invalid selector neither.
func (n *Namespace) Select(owner *metav1.ObjectMeta, selector *metav1.LabelSelector) Selection {
	switch {
	case placement.OptedOut(owner):
		return Selection{Reason: "it opts out of Fargate by its own annotation " + placement.OptOut}
	case selector == nil || !valid(selector):
		return Selection{Reason: "it selects no pods"}
	}
	var s Selection
	if n.Cluster != nil {
		all, err := n.workloads(selector.MatchLabels)
		if err != nil {
			return Selection{Reason: fmt.Sprintf("what makes its pods could not be looked up: %v", err)}
		}
		for i := range all {
			w := &all[i]
			if !matches(selector, w.Meta.Labels) {
				continue
			}
			if len(s.On)+len(s.Off) == maxDecided {
				s.Unseen = true
				break
			}
			if place := n.Places(w); place.Fargate {
				s.On, s.Profiles, s.Reason = append(s.On, *w), append(s.Profiles, place.Profile), place.Reason
			} else {
				s.Off = append(s.Off, *w)
				if len(s.On) == 0 {
					s.Reason = w.dontRun() + " on Fargate"
				}
			}
		}
	}
	if len(s.On)+len(s.Off) > 0 {
		return s
	}
	meta := &metav1.ObjectMeta{Labels: example(selector)}
	if !matches(selector, meta.Labels) {
		return Selection{Reason: "no pods that it selects are known"}
	}
	place := placement.Place(n.Name, meta, &corev1.PodSpec{}, n.Index, placement.Adds{})
	s.Reason = place.Reason
	if place.Fargate {
		s.Profile = place.Profile
	}
	return s
}

// example returns labels that the selector is likely to select: those that it names, and of
// expressions the first value, or any where one must be there.
func example(selector *metav1.LabelSelector) map[string]string {
	labels := maps.Clone(selector.MatchLabels)
	for i := range selector.MatchExpressions {
		e := &selector.MatchExpressions[i]
		value := "any"
		if e.Operator == metav1.LabelSelectorOpIn {
			value = e.Values[0]
		}
		if _, named := labels[e.Key]; named || e.Operator != metav1.LabelSelectorOpIn && e.Operator != metav1.LabelSelectorOpExists {
			continue
		}
		if labels == nil {
			labels = map[string]string{}
		}
		labels[e.Key] = value
	}
	return labels
}

// Because says which of the selected pods run on Fargate, after the object that selects them:
// `selects pods of Deployment "web" and of 2 more workloads on Fargate (profile apps)`.
func (s *Selection) Because() string {
	if len(s.On) == 0 {
		return fmt.Sprintf("selects pods that would run on Fargate (profile %s)", s.Profile)
	}
	text := "selects " + s.On[0].String()
	switch more := len(s.On) - 1; {
	case more == 1:
		text += " and of another workload"
	case more > 1:
		text += fmt.Sprintf(" and of %d more workloads", more)
	}
	return fmt.Sprintf("%s on Fargate (profile %s)", text, s.Profiles[0])
}
