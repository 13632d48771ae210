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

// A review finds the selectors in the manifests that would start matching a pod once labels are added: they are not added,
// except where the policy allows it. A ReplicaSet never adopts a pod that way.
func TestSelectedBy(t *testing.T) {
	type outcome struct {
		result Result
		rule   policy.RuleID
		added  bool
	}
	for joins, want := range map[policy.LabelJoins][]outcome{
		policy.LabelJoinsWithhold: {{ResultWarn, rules.NotInjected.ID, false}, {ResultWarn, rules.NotInjected.ID, false}},
		policy.LabelJoinsAllow:    {{ResultDeny, rules.LabelAdopted.ID, false}, {ResultWarn, rules.LabelJoins.ID, true}},
	} {
		reviewer := &Reviewer{Policy: policy.Default(), Index: profiles.NewIndex([]profiles.Profile{{
			Name: "apps", Status: profiles.StatusActive,
			Selectors: []profiles.Selector{{Namespace: "apps", Labels: map[string]string{"run": "on-fargate"}}},
		}})}
		reviewer.Policy.LabelJoins = joins
		items, problems := reviewer.File("in.yaml", []byte(adopting))
		if len(problems) > 0 || len(items) != 4 {
			t.Fatal(items, problems)
		}
		for i, want := range want {
			item := &items[i]
			if item.Result != want.result || len(item.Findings) != 1 || item.Findings[0].Rule != want.rule {
				t.Errorf("%s, %s: %s, want %s: %+v", joins, item.Name, item.Result, want.result, item.Findings)
			}
			if item.Placement.Fargate != want.added || (len(item.Placement.Labels) > 0) != want.added || (len(item.Patch) > 0) != want.added {
				t.Errorf("%s, %s gets labels: want %v; the placement is %+v, the patch %v", joins, item.Name, want.added, item.Placement, item.Patch)
			}
		}
	}
}
