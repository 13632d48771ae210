package rules

import (
	"fmt"
	"strings"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/traffic"
	"fargate-webhook/policy"
)

// LabelAdopted is about a pod without a controller that a ReplicaSet or ReplicationController of
// its namespace would adopt, under labelJoins: Allow, once it has the labels of a Fargate profile
// (S24). These adopt every pod that matches their selector, has no controller and isn't being
// deleted, and delete it when they have enough. Such a pod gets no labels, so it doesn't run on
// Fargate and nothing else is said of it.
var LabelAdopted = &Rule{
	ID:       "label-adopted",
	Default:  policy.Deny,
	Severity: High,
	Title:    "with the labels for Fargate a ReplicaSet would adopt the pod",
	What: "With labelJoins: Allow in the policy: a pod without a controller that needs more labels for a Fargate profile. With them it must not match the selector of a ReplicaSet or " +
		"ReplicationController of its namespace that it doesn't match without. Under Deny and Warn such a pod gets no labels; under Warn it runs elsewhere.",
	Why: "A ReplicaSet adopts a pod that matches its selector and has no controller, and deletes it when it has one too many. The author of the pod set other " +
		"labels, and would see it vanish.",
	Fix: "change a label that the pod shares with the ReplicaSet; or add the profile's labels yourself if the pod is to be adopted; or opt it out",
	References: []string{
		"Kubernetes documentation, “ReplicaSet”, Non-Template Pod acquisitions",
		"https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/controller_ref_manager.go",
	},
	Facts: []string{"S24"},
	Check: Check{Pod: labelAdopted, States: Elsewhere}, // its labels are withheld
}

func labelAdopted(p *Pod) []Violation {
	change := p.LabelChange
	if change == nil || len(change.Adopters) == 0 {
		return nil
	}
	added := traffic.LabelList(change.Placement.Labels, placement.ProfileLabel)
	fix := fmt.Sprintf("add {%s} yourself if the pod is to be adopted; or opt it out", added)
	if shared := change.SharedWith(change.Adopters[0]); len(shared) > 0 {
		fix = fmt.Sprintf("change a label that the pod shares with %s: {%s}; or %s", change.Adopters[0], strings.Join(shared, ", "), fix)
	}
	return []Violation{{
		Field: "metadata.labels",
		Problem: fmt.Sprintf("%s would adopt the pod, and may delete it, once it has the labels {%s} of Fargate profile %q, so they are not added",
			traffic.Names(change.Adopters), added, change.Placement.Profile),
		Fix: fix,
	}}
}
