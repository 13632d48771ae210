package objects

import (
	"fmt"

	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/traffic"
	"fargate-webhook/policy"
)

// Budget is a PodDisruptionBudget.
type Budget struct {
	*policyv1.PodDisruptionBudget
	Pods traffic.Selection
	// Replicas is how many pods it selects, 0 where that isn't known.
	Replicas int
	// Other is the name of another budget that selects the same pods, which run on Fargate; "" for
	// none.
	Other string
}

// DisruptionBudget is about a PodDisruptionBudget that never lets a pod on Fargate be evicted. EKS
// evicts pods to patch their nodes, and deletes those that it can't evict (F10.3).
var DisruptionBudget = &rules.Rule{
	ID:       "disruption-budget",
	Default:  policy.Warn,
	Severity: rules.Medium,
	Title:    "a PodDisruptionBudget never lets pods on Fargate be evicted, so EKS deletes them",
	What: "In a review, a PodDisruptionBudget that selects pods on Fargate (rule network-policy says how that is known) should allow an eviction: maxUnavailable must not be 0, nor " +
		"minAvailable 100%, nor so much that it takes all replicas of the workloads that it selects, as 1 of 1 does. That is checked where replicas are known and no autoscaler sets " +
		"them. No pod should have two budgets.",
	Why: "EKS patches Fargate nodes by evicting their pods, within their budgets. When an eviction is refused it announces a time by EventBridge, and then deletes the pods, " +
		"several at once if need be: a budget meant to keep them available has the opposite effect. Kubernetes evicts no pod that two budgets select.",
	Fix: "set maxUnavailable to 1, instead of minAvailable, and run at least two replicas",
	References: []string{
		"Amazon EKS user guide, “Set actions for AWS Fargate OS patching events”",
		"Kubernetes documentation, “Specifying a Disruption Budget for your Application”",
	},
	Facts: []string{"F10.3"},
	Check: rules.About(disruptionBudget),
}

func disruptionBudget(b *Budget) []rules.Violation {
	if !b.Pods.OnFargate() {
		return nil
	}
	var found []rules.Violation
	if field, value, ok := b.allowsNone(); ok {
		v := rules.Violation{Subject: rules.FieldSubject(field), Value: value, Field: field}
		of := ""
		switch {
		case b.Replicas == 1:
			of = " of the only replica"
		case b.Replicas > 1:
			of = fmt.Sprintf(" of %d replicas", b.Replicas)
		}
		v.Problem = fmt.Sprintf("allows no eviction%s, so EKS deletes the pods when it patches their nodes: the budget %s", of, b.Pods.Because())
		found = rules.Keep(found, v)
	}
	if b.Other != "" {
		found = rules.Keep(found, rules.Violation{
			Field:   "spec.selector",
			Problem: fmt.Sprintf("PodDisruptionBudget %q selects some of the same pods: a pod with two budgets can't be evicted, so EKS deletes it when it patches its node", b.Other),
			Fix:     "change the selectors so that each pod has one budget at most",
		})
	}
	return found
}

// allowsNone reports a budget that never allows an eviction, with the field and its value that says
// so.
func (b *Budget) allowsNone() (field, value string, none bool) {
	if most := b.Spec.MaxUnavailable; most != nil {
		number, ok := ofReplicas(most, max(b.Replicas, 1)) // nothing of any number is nothing
		return "spec.maxUnavailable", most.String(), ok && number == 0
	}
	least := b.Spec.MinAvailable
	if least == nil {
		return "", "", false // the API server makes it minAvailable: 1
	}
	if least.Type == intstr.String && least.StrVal == "100%" {
		return "spec.minAvailable", least.StrVal, true
	}
	number, ok := ofReplicas(least, b.Replicas)
	return "spec.minAvailable", least.String(), ok && b.Replicas > 0 && number >= b.Replicas
}

// ofReplicas returns a number, or a percentage of replicas, rounded up as the disruption controller
// does. ok is false for what is neither.
func ofReplicas(value *intstr.IntOrString, replicas int) (number int, ok bool) {
	number, err := intstr.GetScaledValueFromIntOrPercent(value, replicas, true)
	return number, err == nil && number >= 0
}
