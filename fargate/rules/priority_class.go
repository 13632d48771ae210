package rules

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/policy"
)

// PriorityClass is about a pod with a priority class of the cluster's own, which EKS overwrites with
// system-node-critical when it claims the pod (F2.5, F4.27, S32). Kubernetes' own two classes are
// left out: they ask for what the pod gets.
var PriorityClass = &Rule{
	ID:       "priority-class",
	Default:  policy.Warn,
	Severity: Low,
	Title:    "EKS overwrites the priority class of pods on Fargate",
	What: "spec.priorityClassName should be absent, or begin with system-, as Kubernetes' own classes do. A ResourceQuota of the namespace whose scope is a priority class is named if " +
		"it is for the one class and not for the other: it counts the pod, or doesn't, by class system-node-critical. Pods that EKS has claimed have that class already, so it is their workload that is warned about.",
	Why: "EKS sets system-node-critical on every pod that it claims. The class in the manifest has no effect: neither its priority, nor its preemption policy, nor quotas by priority class. " +
		"Each pod on Fargate has a machine of its own, so no priority is needed to get one.",
	Fix: "remove spec.priorityClassName; limit pods on Fargate by a ResourceQuota without a priority class as its scope",
	References: []string{
		"https://github.com/aws/containers-roadmap/issues/1108",
		"Kubernetes documentation, “Resource Quotas”, resource quota per PriorityClass",
	},
	Facts: []string{"F2.5", "F4.27"},
	Check: Check{Pod: priorityClass},
}

func priorityClass(p *Pod) []Violation {
	class := p.Spec.PriorityClassName
	if class == "" || strings.HasPrefix(class, "system-") {
		return nil
	}
	v := Violation{
		Subject: FieldSubject("spec.priorityClassName"), Value: class, Field: "spec.priorityClassName",
		Problem: "will be overwritten on Fargate: EKS sets system-node-critical",
	}
	if quota := p.quotaByClass(class, placement.PriorityClass); quota != "" {
		v.Problem += fmt.Sprintf(", so that ResourceQuota %q, which is for pods of class %s, doesn't count the pod", quota, class)
	} else if quota := p.quotaByClass(placement.PriorityClass, class); quota != "" {
		v.Problem += fmt.Sprintf(", so that ResourceQuota %q, which is for pods of that class, counts the pod", quota)
	}
	return []Violation{v}
}

// quotaByClass returns the name of a ResourceQuota of the namespace that is for pods of one class and
// not for those of another, "" if none is known.
func (p *Pod) quotaByClass(one, another string) string {
	if p.Cluster == nil {
		return ""
	}
	quotas, err := cluster.List[*corev1.ResourceQuota](p.Cluster, cluster.ResourceQuotas, p.Namespace)
	if err != nil {
		return "" // the class is overwritten all the same
	}
	for _, quota := range quotas {
		if quota.Spec.ScopeSelector == nil {
			continue
		}
		for i := range quota.Spec.ScopeSelector.MatchExpressions {
			if e := &quota.Spec.ScopeSelector.MatchExpressions[i]; e.ScopeName == corev1.ResourceQuotaScopePriorityClass && placement.TakesClass(e, one) && !placement.TakesClass(e, another) {
				return quota.Name
			}
		}
	}
	return ""
}
