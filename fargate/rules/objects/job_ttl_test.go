package objects

import (
	"testing"

	batchv1 "k8s.io/api/batch/v1"

	"fargate-webhook/fargate/placement"
)

// A hook that is deleted when it has succeeded needs no time to live. One that stays until the next
// release does.
func TestJobTTLOfHooks(t *testing.T) {
	const helm, helmPolicy, argo, argoPolicy = "helm.sh/hook", "helm.sh/hook-delete-policy", "argocd.argoproj.io/hook", "argocd.argoproj.io/hook-delete-policy"
	for name, c := range map[string]struct {
		annotations map[string]string
		found       bool
	}{
		"no hook":                      {nil, true},
		"Helm":                         {map[string]string{helm: "pre-upgrade", helmPolicy: "hook-succeeded"}, false},
		"Helm, several policies":       {map[string]string{helm: "pre-upgrade", helmPolicy: "before-hook-creation, hook-succeeded,hook-failed"}, false},
		"Helm, default policy":         {map[string]string{helm: "pre-upgrade"}, true},
		"Helm, until the next release": {map[string]string{helm: "pre-upgrade", helmPolicy: "before-hook-creation"}, true},
		"Helm, deleted when it failed": {map[string]string{helm: "pre-upgrade", helmPolicy: "hook-failed"}, true},
		"policy without a hook":        {map[string]string{helmPolicy: "hook-succeeded"}, true},
		"Argo CD":                      {map[string]string{argo: "PreSync", argoPolicy: "BeforeHookCreation,HookSucceeded"}, false},
		"Argo CD, default policy":      {map[string]string{argo: "PreSync"}, true},
		"hook and policy of others":    {map[string]string{argo: "PreSync", helmPolicy: "hook-succeeded"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			job := &Job{Annotations: c.annotations, Path: "spec", Spec: &batchv1.JobSpec{}, Placement: placement.Placement{Fargate: true, Profile: "apps"}}
			if got := len(jobTTL(job)) > 0; got != c.found {
				t.Errorf("a finding: %v, want %v", got, c.found)
			}
		})
	}
}

// A CronJob that keeps none of its Jobs needs no time to live.
func TestJobTTLOfCronJobsWithoutHistory(t *testing.T) {
	for keepsNone, found := range map[bool]int{true: 0, false: 1} {
		job := &Job{Path: "spec.jobTemplate.spec", Spec: &batchv1.JobSpec{}, KeepsNone: keepsNone, Placement: placement.Placement{Fargate: true, Profile: "apps"}}
		if got := len(jobTTL(job)); got != found {
			t.Errorf("keeps none: %v: %d violations, want %d", keepsNone, got, found)
		}
	}
}
