package migration

import (
	"fmt"
	"slices"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
)

// spreadApplies is about placement rules that Fargate ignores (F4.23). What is only preferred keeps
// no pod from being scheduled.
var spreadApplies = &Note{
	Rule: rules.Rule{
		ID: "spreading-applies", Default: policy.Warn, Severity: rules.Medium,
		Title:      "rules about other pods, which Fargate ignores, are obeyed",
		What:       "The pod requires pod affinity or anti-affinity, or has a topology spread constraint with whenUnsatisfiable: DoNotSchedule. What is only preferred isn't looked at.",
		Why:        "Fargate ignores these rules. The scheduler of nodes doesn't: a pod waits until they are met, and a node is added for each pod that may share none.",
		Fix:        "keep the rule if it is meant, and see that there are nodes in all zones that it needs; else make it a preferred one (ScheduleAnyway)",
		References: []string{"Amazon EKS user guide, “Simplify compute management with AWS Fargate”, note on the scheduler", "https://github.com/aws/containers-roadmap/issues/824"},
		Facts:      []string{"F4.23", "S31"},
	},
	find: ofPod(func(p *pod, target Target) []place {
		var found []place
		add := func(field, what string) {
			found = append(found, place{field: p.at(field), problem: fmt.Sprintf("Fargate ignores %s; on %s the scheduler obeys it", what, target.nodes())})
		}
		if a := p.spec.Affinity; a != nil && a.PodAffinity != nil && len(a.PodAffinity.RequiredDuringSchedulingIgnoredDuringExecution) > 0 {
			add("spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution", "the required pod affinity")
		}
		if a := p.spec.Affinity; a != nil && a.PodAntiAffinity != nil && len(a.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution) > 0 {
			add("spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution", "the required pod anti-affinity")
		}
		mustSpread := func(c corev1.TopologySpreadConstraint) bool { return c.WhenUnsatisfiable != corev1.ScheduleAnyway }
		if slices.ContainsFunc(p.spec.TopologySpreadConstraints, mustSpread) {
			add("spec.topologySpreadConstraints", "a topology spread constraint with DoNotSchedule")
		}
		return found
	}),
}

// priorityApplies is about priority classes, which EKS replaces on Fargate (F4.27).
var priorityApplies = &Note{
	Rule: rules.Rule{
		ID: "priority-applies", Default: policy.Warn, Severity: rules.Medium,
		Title:      "the priority class, which EKS replaces on Fargate, is obeyed",
		What:       "spec.priorityClassName names a class of the cluster's own. system-cluster-critical and system-node-critical mean much the same on nodes as on Fargate.",
		Why:        "On Fargate EKS gives every pod system-node-critical, and no pod competes for a node. On nodes a pod with a higher priority evicts others to make room, and one with a lower priority is evicted.",
		Fix:        "see that the class is what you want beside the pods of others; without one a pod has the default priority",
		References: []string{"https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/"},
		Facts:      []string{"F2.5", "F4.27", "S32"},
	},
	find: ofPod(func(p *pod, target Target) []place {
		if p.spec.PriorityClassName == "" || strings.HasPrefix(p.spec.PriorityClassName, "system-") { // names of Kubernetes itself
			return nil
		}
		return []place{{
			field:   p.at("spec.priorityClassName"),
			problem: fmt.Sprintf("on Fargate EKS replaces priority class %q by %s; on %s the class decides which pods are evicted for others", p.spec.PriorityClassName, placement.PriorityClass, target.nodes()),
		}}
	}),
}

const doNotDisrupt = "karpenter.sh/do-not-disrupt"

// jobDisruption is about Jobs that an eviction ends for good (F11.2).
var jobDisruption = &Note{
	Only: AutoMode,
	Rule: rules.Rule{
		ID: "job-disruption", Default: policy.Warn, Severity: rules.Medium,
		Title: "a Job that may not retry is evicted when nodes are consolidated",
		What:  "A Job or CronJob has backoffLimit: 0, no podFailurePolicy that ignores DisruptionTarget, and no annotation karpenter.sh/do-not-disrupt: \"true\" on its pods.",
		Why: "A pod on Fargate keeps its node until it ends, apart from patches. EKS Auto Mode moves pods to make better use of nodes: the evicted pod counts as failed, and the Job " +
			"may not start another one.",
		Fix:        "add the annotation karpenter.sh/do-not-disrupt: \"true\" to the pod template, or a podFailurePolicy that ignores the condition DisruptionTarget",
		References: []string{"https://karpenter.sh/docs/concepts/disruption/", "https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy"},
		Facts:      []string{"F10.3", "F11.2"},
	},
	find: func(s *Subject, _ Target) []place {
		var spec *batchv1.JobSpec
		field := "spec.backoffLimit"
		switch o := s.Object.(type) {
		case *batchv1.Job:
			spec = &o.Spec
		case *batchv1.CronJob:
			spec, field = &o.Spec.JobTemplate.Spec, "spec.jobTemplate.spec.backoffLimit"
		}
		if spec == nil || !s.OnFargate || spec.BackoffLimit == nil || *spec.BackoffLimit != 0 || ignoresDisruption(spec) {
			return nil
		}
		return []place{{field: field, problem: "the Job may not retry (backoffLimit: 0), and EKS Auto Mode evicts its pod when it consolidates nodes"}}
	},
}

func ignoresDisruption(spec *batchv1.JobSpec) bool {
	if spec.Template.Annotations[doNotDisrupt] == "true" {
		return true
	}
	return spec.PodFailurePolicy != nil && slices.ContainsFunc(spec.PodFailurePolicy.Rules, func(r batchv1.PodFailurePolicyRule) bool {
		return r.Action == batchv1.PodFailurePolicyActionIgnore && slices.ContainsFunc(r.OnPodConditions, func(c batchv1.PodFailurePolicyOnPodConditionsPattern) bool {
			return c.Type == corev1.DisruptionTarget
		})
	})
}

// blockingBudget is about budgets that allow no eviction at all (F10.3, F11.2).
var blockingBudget = &Note{
	Rule: rules.Rule{
		ID: "blocking-budget", Default: policy.Warn, Severity: rules.Medium,
		Title: "a PodDisruptionBudget allows no eviction",
		What:  "spec.maxUnavailable of a PodDisruptionBudget is 0 or 0%, or spec.minAvailable is 100%.",
		Why: "On Fargate such a budget delays a patch, until EKS deletes the pod. On nodes it holds up every drain: updates of a node group fail, and EKS Auto Mode can't consolidate a " +
			"node, and deletes the pods when the node has reached the end of its life, after at most 21 days.",
		Fix:        "run two replicas or more, and let one be unavailable: maxUnavailable: 1",
		References: []string{"Amazon EKS user guide, “Set actions for AWS Fargate OS patching events”", "https://kubernetes.io/docs/tasks/run-application/configure-pdb/"},
		Facts:      []string{"F10.3", "F11.2"},
	},
	find: func(s *Subject, target Target) []place {
		budget, ok := s.Object.(*policyv1.PodDisruptionBudget)
		if !ok || !s.OnFargate {
			return nil
		}
		is := func(value *intstr.IntOrString, texts ...string) bool {
			return value != nil && slices.Contains(texts, value.String())
		}
		switch {
		case is(budget.Spec.MaxUnavailable, "0", "0%"):
			return []place{{field: "spec.maxUnavailable", problem: fmt.Sprintf("maxUnavailable: %s allows no eviction: it holds up every drain of %s", budget.Spec.MaxUnavailable, target.nodes())}}
		case is(budget.Spec.MinAvailable, "100%"):
			return []place{{field: "spec.minAvailable", problem: fmt.Sprintf("minAvailable: 100%% allows no eviction: it holds up every drain of %s", target.nodes())}}
		}
		return nil
	},
}
