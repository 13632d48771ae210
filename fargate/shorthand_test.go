package fargate

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/rules/objects"
	"fargate-webhook/policy"
	"fargate-webhook/policy/file"
)

// Where a policy sets the action of rule daemonset or node-port, that overrides inherited
// daemonSets: Steer and nodePortServices: ClusterIP: the object is not changed.
func TestRuleOverridesInheritedChange(t *testing.T) {
	p, err := file.Parse("policy.yaml", []byte(`
apiVersion: fargate-webhook/v1alpha1
kind: Policy
daemonSets: Steer
nodePortServices: ClusterIP
namespaces:
  - {match: warned, rules: {daemonset: Warn, node-port: Warn}}
  - {match: ignored, rules: {daemonset: Off, node-port: Off}}
`), Vocabulary())
	if err != nil {
		t.Fatal(err)
	}
	for namespace, want := range map[string]struct {
		changed bool
		action  policy.Action
	}{
		"apps": {changed: true}, "warned": {action: policy.Warn}, "ignored": {},
	} {
		request := Request{Operation: OperationCreate, Namespace: namespace}
		for rule, d := range map[*rules.Rule]Decision{
			objects.DaemonSets: Decide(agent(nil), request, fargatetest.Everywhere(), &p),
			objects.NodePort:   Decide(fixtures.Service(corev1.ServiceTypeNodePort), request, fargatetest.Everywhere(), &p),
		} {
			if action := actionsIn(d)[rule.ID]; action != want.action || (len(d.Patch) > 0) != want.changed {
				t.Errorf("%s, rule %s: action %q, patch %v; want action %q, changed: %v", namespace, rule.ID, action, d.Patch, want.action, want.changed)
			}
		}
	}
}
