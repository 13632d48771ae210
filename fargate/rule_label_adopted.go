package fargate

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
)

// RuleLabelAdopted is about a pod without a controller that a ReplicaSet or
// ReplicationController of its namespace would adopt once it has the labels of
// a Fargate profile (S24): these take every pod that their selector matches,
// that has no controller and is not being deleted, and delete it when they
// have enough. Such a pod is given no labels. It is then not Fargate's, so
// nothing else is said of it.
const RuleLabelAdopted RuleID = "label-adopted"

func ruleLabelAdopted() Rule {
	return Rule{
		ID:      RuleLabelAdopted,
		Default: ActionDeny,
		Title:   "with the labels for Fargate a ReplicaSet would adopt the pod",
		What: "A pod without a controller, which would have to be given labels so that a Fargate profile selects it, must not match the " +
			"selector of a ReplicaSet or ReplicationController of its namespace with them that it doesn't match without. Under Deny and " +
			"Warn the labels are not added to such a pod, and under Warn it runs elsewhere.",
		Why: "A ReplicaSet takes a pod that its selector matches and that nobody controls for one of its own, and deletes it when that is " +
			"one too many. Whoever wrote the pod wrote other labels, and would see it vanish.",
		Sources: []string{
			"Kubernetes documentation, “ReplicaSet”, Non-Template Pod acquisitions",
			"https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/controller_ref_manager.go",
		},
		Remedy: "change a label that the pod shares with the ReplicaSet; or put the profile's labels on the pod yourself if it is to be adopted; or opt it out",
		pod:    labelAdopted,

		// The labels are kept back, so that it is not Fargate's.
		elsewhere: true,
	}
}

func labelAdopted(s *subject) []Finding {
	r := s.reselected
	if r == nil || len(r.adopters) == 0 {
		return nil
	}
	added := labelList(r.place.Labels, ProfileLabel)
	remedy := fmt.Sprintf("put {%s} on the pod yourself if it is to be adopted; or opt it out", added)
	if shared := r.sharedWith(r.adopters[0].selector); len(shared) > 0 {
		remedy = fmt.Sprintf("change a label that the pod shares with %s: {%s}; or %s", r.adopters[0], strings.Join(shared, ", "), remedy)
	}
	return []Finding{{
		Field: "metadata.labels",
		Message: fmt.Sprintf("with the labels {%s}, by which Fargate profile %q selects pods, %s would adopt the pod and may delete it, so they are not added",
			added, r.place.Profile, named(r.adopters)),
		Remedy: remedy,
	}}
}

// sharedWith are the pod's own labels that a selector asks for.
func (r *reselection) sharedWith(selector labels.Selector) []string {
	var shared []string
	requirements, _ := selector.Requirements()
	for _, wanted := range requirements {
		value, had := r.before[wanted.Key()]
		switch wanted.Operator() {
		case selection.In, selection.Equals, selection.DoubleEquals, selection.Exists:
			if had {
				shared = append(shared, fmt.Sprintf("%s: %q", wanted.Key(), value))
			}
		default: // met by labels that it doesn't have
		}
	}
	return shared
}
