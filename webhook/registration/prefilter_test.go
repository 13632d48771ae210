package registration

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/kinds"
	"fargate-webhook/kinds/matchtest"
	"fargate-webhook/policy"
)

// The API server evaluates the condition of the webhook for new pods within its budget:
// the longest scope, and a pod of which as much is looked at as can be. Only such a pod that EKS has
// claimed is left out.
func TestConditionsOfNewPods(t *testing.T) {
	var conditions []kinds.Condition
	for _, hook := range Validating(serviceOptions(), indexOf(numbered("*pattern-", 4200)...), nil).Webhooks {
		if *hook.Name == "pods.validate.fargate-webhook" {
			for _, c := range hook.MatchConditions {
				conditions = append(conditions, kinds.Condition{Name: *c.Name, Expression: *c.Expression})
			}
		}
	}
	if len(conditions) != 1 || len(conditions[0].Expression) > 90<<10 { // of 100,000 characters at most
		t.Fatalf("%d conditions: %.200v", len(conditions), conditions)
	}
	matcher := matchtest.New().Compile(t, conditions)
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{placement.ProfileLabel: "p"}}}
	pod.Spec.SchedulerName, pod.Spec.PriorityClassName = placement.Scheduler, placement.PriorityClass
	for i := range 11 {
		c := corev1.Container{Name: fmt.Sprint(i), Ports: make([]corev1.ContainerPort, 128)}
		for k := range 256 {
			c.Env = append(c.Env, corev1.EnvVar{Name: fmt.Sprint(k), Value: strings.Repeat("x", 400)})
		}
		pod.Spec.Containers = append(pod.Spec.Containers, c)
	}
	for _, claimed := range []bool{true, false} {
		if !claimed {
			pod.Spec.SchedulerName = corev1.DefaultSchedulerName
		}
		result := matchtest.Match(matcher, matchtest.Attributes(pod, nil, "CREATE", "my-pattern-4199"))
		if result.Error != nil || result.Matches == claimed {
			t.Errorf("claimed: %v: sent: %v, %v", claimed, result.Matches, result.Error)
		}
	}
}

// The conditions follow the policy, and no other webhooks have them.
func TestPrefilterOff(t *testing.T) {
	for _, value := range []policy.Prefilter{policy.PrefilterOn, policy.PrefilterOff} {
		options := allOptions()
		options.Policy.Calls.Prefilter = value
		for _, e := range slices.Concat(mutating(options), validating(options, "")) {
			for name, of := range map[string]string{prefilterName: "pods.validate.fargate-webhook", unsettledName: "pods.mutate.fargate-webhook"} {
				has := slices.ContainsFunc(e.only, func(c kinds.Condition) bool { return c.Name == name })
				if want := value == policy.PrefilterOn && e.name == of; has != want {
					t.Errorf("%s: %s has the condition %s: %v", value, e.name, name, has)
				}
			}
		}
	}
}
