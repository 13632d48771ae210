package rules

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/policy"
)

// FinishedPods is about a pod that ends by itself, and that nothing deletes then. A finished pod
// keeps its Fargate node, is billed, and holds its IP address and vCPU quota (F3.15, F10.11). Jobs
// have a rule of their own.
var FinishedPods = &Rule{
	ID:       "finished-pods",
	Default:  policy.Warn,
	Severity: Low,
	Title:    "a finished pod is billed until somebody deletes it",
	What: "A pod on Fargate with restartPolicy: Never or OnFailure that has no controller, or that is of a TaskRun of Tekton, of an Argo Workflow or of a SparkApplication, whose " +
		"controllers keep finished pods unless they are told otherwise. Pods of Jobs have the rule job-ttl, pods of other controllers are not checked, nor are pod templates, hooks of " +
		"Helm or Argo CD that these delete when they have succeeded, and interactive pods (stdinOnce).",
	Why: "A finished pod keeps its Fargate node: it is billed, and holds an address of its subnet and its share of the quota of vCPUs, until it is deleted. Kubernetes deletes finished pods " +
		"by itself only when there are thousands of them.",
	Fix: "run it by a Job with ttlSecondsAfterFinished, or delete the pod when it has finished",
	References: []string{
		GuideConsiderations,
		"https://github.com/aws/containers-roadmap/issues/1284",
		"documentation of Tekton (pruning), of Argo Workflows (podGC) and of the Spark operator (timeToLiveSeconds)",
	},
	Facts: []string{"F3.15", "F10.11"},
	Check: Check{Pod: finishedPods},
}

// keepers are the controllers that keep their finished pods, by kind and API group, and how each
// deletes them.
var keepers = map[string]struct{ group, fix string }{
	"TaskRun":          {"tekton.dev", "delete finished TaskRuns, by the pruner of the Tekton operator or a CronJob"},
	"Workflow":         {"argoproj.io", "set spec.podGC.strategy: OnPodCompletion in the Workflow, or as a default of the workflow controller"},
	"SparkApplication": {"sparkoperator.k8s.io", "set spec.timeToLiveSeconds in the SparkApplication"},
}

func finishedPods(p *Pod) []Violation {
	if p.Template || p.Spec.RestartPolicy != corev1.RestartPolicyNever && p.Spec.RestartPolicy != corev1.RestartPolicyOnFailure {
		return nil
	}
	v := Violation{
		Subject: FieldSubject("spec.restartPolicy"), Value: string(p.Spec.RestartPolicy), Field: "spec.restartPolicy",
		Problem: fmt.Sprintf("lets the pod finish, and nothing deletes it then: on Fargate (profile %s) it is billed until it is deleted", p.Placement.Profile),
	}
	if owner := metav1.GetControllerOfNoCopy(p.Meta); owner != nil {
		keeper, known := keepers[owner.Kind]
		if group, _, _ := strings.Cut(owner.APIVersion, "/"); !known || group != keeper.group {
			return nil
		}
		v.Problem = fmt.Sprintf("lets the pod finish, and %s %q keeps it then unless it is told otherwise: on Fargate (profile %s) it is billed until it is deleted",
			owner.Kind, owner.Name, p.Placement.Profile)
		v.Fix = keeper.fix
	} else if IsDeletedHook(p.Meta.Annotations) || slices.ContainsFunc(p.Spec.Containers, func(c corev1.Container) bool { return c.StdinOnce }) {
		return nil
	}
	return []Violation{v}
}

// hooks are the annotations that make a hook of an object, the ones that say when it is deleted,
// and the value that deletes it once it has succeeded. By default a hook stays until it runs again.
var hooks = [...]struct{ hook, policy, succeeded string }{
	{"helm.sh/hook", "helm.sh/hook-delete-policy", "hook-succeeded"},
	{"argocd.argoproj.io/hook", "argocd.argoproj.io/hook-delete-policy", "HookSucceeded"},
}

// IsDeletedHook reports a hook that is deleted when it has succeeded.
func IsDeletedHook(annotations map[string]string) bool {
	for _, h := range hooks {
		policies := strings.FieldsFunc(annotations[h.policy], func(r rune) bool { return r == ',' || r == ' ' })
		if annotations[h.hook] != "" && slices.Contains(policies, h.succeeded) {
			return true
		}
	}
	return false
}
