package fargate_test

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
)

// What is foreseen while a pod is mutated is what the validating phase decides about it then, and
// nothing else about the decision changes.
func TestForeseen(t *testing.T) {
	refused := 0
	for _, f := range fixtures.All() {
		pod, ok := f.Object.(*corev1.Pod)
		if !ok || f.Old != nil || f.Offline || f.Final {
			continue
		}
		for name, change := range map[string]func(*policy.Policy, *fargate.Request, *corev1.Pod){
			"":       func(*policy.Policy, *fargate.Request, *corev1.Pod) {},
			"exempt": func(_ *policy.Policy, r *fargate.Request, _ *corev1.Pod) { r.Exempt = true },
			"ignored": func(p *policy.Policy, _ *fargate.Request, pod *corev1.Pod) {
				p.IgnoreAnnotations = policy.IgnoreAdmission
				pod.Annotations = map[string]string{}
				for _, rule := range rules.OfPods() {
					pod.Annotations[fargate.IgnorePrefix+string(rule.ID)] = "a reason"
				}
			},
		} {
			p, pod := policy.Default(), pod.DeepCopy()
			request := fargate.Request{Operation: fargate.OperationCreate, Phase: fargate.Mutating, Namespace: fixtures.Namespace, Cluster: clusterOf(&f)}
			change(&p, &request, pod)
			mutated := fargate.Decide(pod, request, fixtureIndex(), &p)
			request.Foresee = true
			got := fargate.Decide(pod, request, fixtureIndex(), &p)
			if !mutated.Placement.Fargate {
				continue
			}
			request.Phase = fargate.Validating
			judged := fargate.Decide(fargatetest.Patched(t, pod, mutated.Patch), request, fixtureIndex(), &p)
			want := slices.ContainsFunc(judged.Findings, func(f rules.Finding) bool { return f.Action == policy.Deny })
			if got.WillBeRefused != want || mutated.WillBeRefused {
				t.Errorf("%s %s: it will be refused: %v, want %v: %v", f.Name, name, got.WillBeRefused, want, judged.Findings)
			}
			if len(got.Findings) != len(mutated.Findings) || len(got.Patch) != len(mutated.Patch) {
				t.Errorf("%s %s: the decision differs: %v, %v", f.Name, name, got.Findings, mutated.Findings)
			}
			if want {
				refused++
			}
		}
	}
	if refused < 20 {
		t.Errorf("only %d fixtures are refused", refused)
	}
}
