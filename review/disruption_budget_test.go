package review_test

import (
	"strings"
	"testing"
)

// A PodDisruptionBudget is reported if it never allows an eviction, as far as the manifests tell.
func TestDisruptionBudgets(t *testing.T) {
	const (
		budget     = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: web}\nspec: {selector: {matchLabels: {app: web}}, %s}\n---\n"
		autoscaler = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec: {maxReplicas: 5, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}\n---\n"
		end        = `so EKS deletes the pods when it patches their nodes: the budget selects pods of Deployment "web" on Fargate (profile all)`
		guessed    = `so EKS deletes the pods when it patches their nodes: the budget selects pods that would run on Fargate (profile all)`
	)
	replicas := func(n string) string {
		return strings.Replace(deploymentOnFargate, "spec: {", "spec: {replicas: "+n+", ", 1)
	}
	with := func(field string) string { return strings.Replace(budget, "%s", field, 1) }
	for name, c := range map[string]struct{ manifests, want string }{
		"1 of 1":                   {deploymentOnFargate + with("minAvailable: 1"), "spec.minAvailable (1) allows no eviction of the only replica, " + end},
		"1 of 2":                   {replicas("2") + with("minAvailable: 1"), ""},
		"2 of 2":                   {replicas("2") + with("minAvailable: 2"), "spec.minAvailable (2) allows no eviction of 2 replicas, " + end},
		"50% of 1":                 {deploymentOnFargate + with("minAvailable: 50%"), "spec.minAvailable (50%) allows no eviction of the only replica, " + end},
		"50% of 3":                 {replicas("3") + with("minAvailable: 50%"), ""},
		"2 of 2, autoscaled":       {replicas("2") + autoscaler + with("minAvailable: 2"), ""},
		"100% of any":              {replicas("2") + autoscaler + with("minAvailable: 100%"), "spec.minAvailable (100%) allows no eviction, " + end},
		"1 of 0":                   {replicas("0") + with("minAvailable: 1"), ""},
		"1 of unknown":             {with("minAvailable: 1"), ""},
		"no more unavailable":      {replicas("3") + with("maxUnavailable: 0"), "spec.maxUnavailable (0) allows no eviction of 3 replicas, " + end},
		"none of unknown":          {with("maxUnavailable: 0"), "spec.maxUnavailable (0) allows no eviction, " + guessed},
		"1% unavailable":           {deploymentOnFargate + with("maxUnavailable: 1%"), ""},
		"one unavailable":          {deploymentOnFargate + with("maxUnavailable: 1"), ""},
		"nothing of a percentage":  {deploymentOnFargate + with("maxUnavailable: x%"), ""},
		"pods elsewhere":           {strings.ReplaceAll(deploymentElsewhere, "gpu", "web") + with("minAvailable: 100%"), ""},
		"pods of two, one of each": {deploymentOnFargate + strings.Replace(deploymentOnFargate, "{name: web}", "{name: other}", 1) + with("minAvailable: 1"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := messagesOf(t, "disruption-budget", c.manifests)["PodDisruptionBudget web"]; got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

// Two budgets for the same pods keep each other from letting one go: both are reported.
func TestTwoDisruptionBudgets(t *testing.T) {
	const budgets = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a}\nspec: {selector: {matchLabels: {app: web}}, maxUnavailable: 1}\n---\n" +
		"apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: b}\nspec: {selector: {}, maxUnavailable: 1}\n---\n" +
		"apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: c}\nspec: {selector: {matchLabels: {app: other}}, maxUnavailable: 1}\n---\n"
	got := messagesOf(t, "disruption-budget", deploymentOnFargate+budgets)
	for name, other := range map[string]string{"a": "b", "b": "a", "c": ""} {
		want := ""
		if other != "" {
			want = `PodDisruptionBudget "` + other + `" selects some of the same pods: a pod with two budgets can't be evicted, so EKS deletes it when it patches its node`
		}
		if got["PodDisruptionBudget "+name] != want {
			t.Errorf("%s: %q, want %q", name, got["PodDisruptionBudget "+name], want)
		}
	}
}
