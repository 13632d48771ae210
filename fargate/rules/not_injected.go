package rules

import (
	"fmt"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/traffic"
	"fargate-webhook/policy"
)

// NotInjected is about a pod that a Fargate profile would take with more labels, and that is not
// given them because a guard stops it: a label identifies pods (S38), an object would start or stop
// selecting the pod (S24), or Fargate would refuse it (S39).
var NotInjected = &Rule{
	ID:          "not-injected",
	Default:     policy.Warn,
	FargateOnly: policy.Deny,
	Severity:    Medium,
	Title:       "the labels of a Fargate profile are not added to the pod",
	What: "A pod that lacks labels of a Fargate profile's selector gets them when it is created, unless one of them identifies pods (the policy's protectedLabels), " +
		"a Service, PodDisruptionBudget, NetworkPolicy or controller would start or stop selecting the pod (labelJoins: Allow changes that), or Fargate would refuse " +
		"the pod. Such a pod stays as it is and runs on other nodes. With nodes: FargateOnly there are none, and it is refused.",
	Why: "Labels say who a pod is. A pod that gets the label of another one receives its traffic and counts in its budgets; a pod that no longer matches the selector " +
		"of its own ReplicaSet makes it create pods without end; and a pod that runs well on EC2 nodes would be refused on Fargate.",
	Fix: "add the labels to the pod template yourself, or opt the pod out",
	References: []string{
		guideProfiles + ", Fargate profile components",
		"Kubernetes documentation, “Labels and Selectors”, and “ReplicaSet”, how a ReplicaSet works",
	},
	Facts: []string{"S24", "S38", "S39"},
	Check: Check{Pod: notInjected, States: Elsewhere},
}

func notInjected(p *Pod) []Violation {
	w := p.Placement.Withheld
	if w == nil {
		return nil
	}
	return []Violation{{
		Field: "metadata.labels",
		Problem: fmt.Sprintf("the labels {%s} of Fargate profile %q are not added: %s",
			traffic.LabelList(w.Labels, placement.ProfileLabel), w.Profile, w.Problem),
		Fix: w.Fix,
	}}
}
