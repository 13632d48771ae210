package rules

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/fixtures"
)

func TestFinishedPods(t *testing.T) {
	const alone = "spec.restartPolicy (Never) lets the pod finish, and nothing deletes it then: on Fargate (profile each-test) it is billed until it is deleted"
	of := func(apiVersion, kind string) func(*corev1.Pod) {
		return func(p *corev1.Pod) {
			p.OwnerReferences = []metav1.OwnerReference{{APIVersion: apiVersion, Kind: kind, Name: "build", Controller: new(true)}}
		}
	}
	annotated := func(annotations map[string]string) func(*corev1.Pod) {
		return func(p *corev1.Pod) { p.Annotations = annotations }
	}
	for name, c := range map[string]struct {
		policy   corev1.RestartPolicy
		change   func(*corev1.Pod)
		template bool
		want     string
	}{
		"bare":                 {policy: corev1.RestartPolicyNever, want: alone},
		"bare, runs on":        {policy: corev1.RestartPolicyAlways},
		"bare, not said":       {},
		"of a Job":             {policy: corev1.RestartPolicyNever, change: of("batch/v1", "Job")},
		"of a ReplicaSet":      {policy: corev1.RestartPolicyAlways, change: of("apps/v1", "ReplicaSet")},
		"of a TaskRun":         {policy: corev1.RestartPolicyNever, change: of("tekton.dev/v1", "TaskRun"), want: `spec.restartPolicy (Never) lets the pod finish, and TaskRun "build" keeps it then unless it is told otherwise: on Fargate (profile each-test) it is billed until it is deleted`},
		"of another TaskRun":   {policy: corev1.RestartPolicyNever, change: of("example.com/v1", "TaskRun")},
		"a hook":               {policy: corev1.RestartPolicyNever, change: annotated(map[string]string{"helm.sh/hook": "test"}), want: alone},
		"a hook that is gone":  {policy: corev1.RestartPolicyNever, change: annotated(map[string]string{"helm.sh/hook": "test", "helm.sh/hook-delete-policy": "hook-succeeded"})},
		"interactive":          {policy: corev1.RestartPolicyNever, change: func(p *corev1.Pod) { p.Spec.Containers[0].StdinOnce = true }},
		"a template":           {policy: corev1.RestartPolicyNever, template: true},
		"starts until it ends": {policy: corev1.RestartPolicyOnFailure, want: "spec.restartPolicy (OnFailure) lets the pod finish, and nothing deletes it then: on Fargate (profile each-test) it is billed until it is deleted"},
	} {
		t.Run(name, func(t *testing.T) {
			pod := fixtures.Pod()
			pod.Spec.RestartPolicy = c.policy
			if c.change != nil {
				c.change(pod)
			}
			p := onFargate(pod)
			p.Template = c.template
			var want []Finding
			if c.want != "" {
				want = append(want, finds(c.want, "spec.restartPolicy"))
			}
			checkFindings(t, FinishedPods, p, want...)
		})
	}
}
