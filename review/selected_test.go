package review

import (
	"testing"

	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

const adopting = `
apiVersion: v1
kind: Pod
metadata: {name: lone, namespace: apps, labels: {app: web}}
spec: {containers: [{name: c, image: c}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: apps}
spec: {selector: {matchLabels: {app: api}}, template: {metadata: {labels: {app: api}}, spec: {containers: [{name: c, image: c}]}}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web, namespace: apps}
spec:
  selector: {matchLabels: {app: web, run: on-fargate}}
  template: {metadata: {labels: {app: web, run: on-fargate}}, spec: {containers: [{name: c, image: c}]}}
---
apiVersion: v1
kind: Service
metadata: {name: all, namespace: apps}
spec: {selector: {run: on-fargate}, ports: [{port: 80}]}
`

// A review finds the selectors in the manifests that start matching a pod once labels are added.
func TestSelectedBy(t *testing.T) {
	allowing := policy.Default()
	allowing.LabelJoins = policy.LabelJoinsAllow
	checkSelectedBy(t, policy.Default(), []selectedBy{{ResultWarn, rules.NotInjected.ID, false}, {ResultWarn, rules.NotInjected.ID, false}})
	checkSelectedBy(t, allowing, []selectedBy{{ResultDeny, rules.LabelAdopted.ID, false}, {ResultWarn, rules.LabelJoins.ID, true}})
}

// selectedBy is the result of an object with a finding of one rule, and whether it is changed.
type selectedBy struct {
	result  Result
	rule    policy.RuleID
	changes bool
}

func checkSelectedBy(t *testing.T, p policy.Policy, wants []selectedBy) {
	t.Helper()
	reviewer := &Reviewer{Policy: p, Index: profiles.NewIndex([]profiles.Profile{{
		Name: "apps", Status: profiles.StatusActive,
		Selectors: []profiles.Selector{{Namespace: "apps", Labels: map[string]string{"run": "on-fargate"}}},
	}})}
	items, problems := reviewer.File("in.yaml", []byte(adopting))
	if len(problems) > 0 || len(items) != 4 {
		t.Fatal(items, problems)
	}
	for i, want := range wants {
		item := &items[i]
		if item.Result != want.result || len(item.Findings) != 1 || item.Findings[0].Rule != want.rule {
			t.Errorf("%s: %s, want %s: %+v", item.Name, item.Result, want.result, item.Findings)
		}
		if item.Placement.Fargate != want.changes || (len(item.Placement.Labels) > 0) != want.changes || (len(item.Patch) > 0) != want.changes {
			t.Errorf("%s is changed: want %v; the placement is %+v, the patch %v", item.Name, want.changes, item.Placement, item.Patch)
		}
	}
}
