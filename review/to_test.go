package review_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fargate-webhook/bill"
	"fargate-webhook/migration"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
	"fargate-webhook/review"
)

// leaving has a Deployment that Fargate refuses, one that it takes, objects of kinds that aren't
// judged, and what has nothing to do with Fargate.
const leaving = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: refused, namespace: apps}
spec:
  selector: {matchLabels: {app: refused}}
  template:
    metadata: {labels: {app: refused}}
    spec:
      hostNetwork: true
      schedulerName: fargate-scheduler
      containers: [{name: c, image: c, resources: {requests: {cpu: 300m, memory: 300Mi}, limits: {memory: 300Mi}}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: plain, namespace: apps}
spec:
  selector: {matchLabels: {app: plain}}
  template: {metadata: {labels: {app: plain}}, spec: {containers: [{name: c, image: c, resources: {requests: {cpu: 300m, memory: 300Mi}}}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: excused, namespace: apps}
spec:
  selector: {matchLabels: {app: excused}}
  template:
    metadata: {labels: {app: excused}, annotations: {fargate-webhook/ignore-nothing-requested: "set in March"}}
    spec: {containers: [{name: c, image: c}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: dns, namespace: kube-system}
spec: {selector: {matchLabels: {app: dns}}, template: {metadata: {labels: {app: dns}}, spec: {containers: [{name: c, image: c}]}}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: in-apps, namespace: apps}, spec: {podSelector: {}}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: in-batch, namespace: batch}, spec: {podSelector: {}}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: excused, namespace: apps, annotations: {eks.amazonaws.com/role-arn: arn, fargate-webhook/ignore-pod-identity-possible: "later"}}}
---
{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: efs}, provisioner: efs.csi.aws.com}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: unplaced}, spec: {podSelector: {}}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: apps}}
---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: canary, namespace: apps}
spec:
  template: {metadata: {labels: {app: canary}}, spec: {schedulerName: fargate-scheduler, containers: [{name: c, image: c, resources: {requests: {cpu: 1, memory: 1Gi}}}]}}
`

func reviewLeaving(t *testing.T, to migration.Target) []review.Item {
	t.Helper()
	prices, _ := bill.In("us-east-1")
	reviewer := &review.Reviewer{
		Policy: policy.Default(), Namespace: "apps", Prices: &prices, To: to,
		Index: profiles.NewIndex([]profiles.Profile{{Name: "p", Status: profiles.StatusActive, Selectors: []profiles.Selector{{Namespace: "apps"}, {Namespace: "kube-system"}}}}),
	}
	items, problems := reviewer.File("in.yaml", []byte(leaving))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return items
}

func TestTo(t *testing.T) {
	type outcome struct {
		Place   string
		Result  review.Result
		Found   []policy.RuleID
		Ignored int
	}
	want := []outcome{
		{"apps/refused", review.ResultWarn, []policy.RuleID{"fargate-scheduler-name"}, 0},
		{"apps/plain", review.ResultChange, nil, 0},
		{"apps/excused", review.ResultChange, nil, 1},
		{"kube-system/dns", review.ResultExempt, []policy.RuleID{"nothing-requested"}, 0},
		{"apps/in-apps", review.ResultWarn, []policy.RuleID{"network-policy-applies"}, 0},
		{"batch/in-batch", review.ResultPass, nil, 0},
		{"apps/excused", review.ResultSkip, nil, 1},
		{"/efs", review.ResultWarn, []policy.RuleID{"efs-driver"}, 0},
		{"apps/unplaced", review.ResultWarn, []policy.RuleID{"network-policy-applies"}, 0},
		{"apps/settings", review.ResultSkip, nil, 0},
		{"apps/canary", review.ResultWarn, []policy.RuleID{"fargate-scheduler-name"}, 0},
	}
	for _, to := range []migration.Target{migration.EC2, migration.AutoMode} {
		var got []outcome
		for _, item := range reviewLeaving(t, to) {
			o := outcome{Place: item.Namespace + "/" + item.Name, Result: item.Result, Ignored: len(item.Ignored)}
			for i := range item.Findings {
				o.Found = append(o.Found, item.Findings[i].Rule)
			}
			if item.Denied() {
				t.Errorf("%s: nothing is denied by moving away", item.Name)
			}
			got = append(got, o)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", to, diff)
		}
	}
}

// To Fargate, or nowhere, a review says what it always said; elsewhere placement, size, patch and
// bill are those of today.
func TestToLeavesTheRest(t *testing.T) {
	today := reviewLeaving(t, "")
	same := func(a, b any) {
		t.Helper()
		if diff := cmp.Diff(asJSON(t, a), asJSON(t, b)); diff != "" {
			t.Error(diff)
		}
	}
	same(today, reviewLeaving(t, migration.Fargate))
	if !today[0].Denied() {
		t.Fatal("Fargate must refuse the first object")
	}
	for i, item := range reviewLeaving(t, migration.EC2) {
		item.Result, item.PodsRefused, item.Findings, item.Ignored = today[i].Result, today[i].PodsRefused, today[i].Findings, today[i].Ignored
		if today[i].Namespace == "" {
			item.Namespace = "" // it is named where there is something to say
		}
		same(today[i], item)
	}
}

func asJSON(t *testing.T, value any) string {
	t.Helper()
	data, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Findings know where their field is in the file.
func TestToLocates(t *testing.T) {
	items := reviewLeaving(t, migration.EC2)
	at := func(name string, found []review.Finding) {
		t.Helper()
		i := slices.IndexFunc(found, func(f review.Finding) bool { return f.Line > 1 && f.Column >= 1 })
		if len(found) == 0 || i < 0 {
			t.Errorf("%s: %+v", name, found)
		}
	}
	at("a workload", items[0].Findings)
	at("a kind that isn't judged", items[4].Findings)
	if f := items[0].Findings[0]; f.Line != 11 || f.Column != 7 {
		t.Errorf("found at %d:%d", f.Line, f.Column)
	}
}
