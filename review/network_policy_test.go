package review_test

import (
	"strings"
	"testing"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/review"
)

// messagesOf returns the messages of a rule's findings in a review of manifests, by kind and name.
func messagesOf(t *testing.T, rule, text string) map[string]string {
	t.Helper()
	reviewer := newReviewer(t)
	reviewer.Index = fargatetest.Everywhere()
	items, problems := reviewer.File("in.yaml", []byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	messages := map[string]string{}
	for i := range items {
		for _, f := range items[i].Findings {
			if string(f.Rule) == rule {
				messages[items[i].Kind+" "+items[i].Name] = f.Message
			}
		}
		if items[i].Result == review.ResultDeny {
			t.Errorf("%s %s is refused", items[i].Kind, items[i].Name)
		}
	}
	return messages
}

const (
	deploymentOnFargate = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: i}]}}}\n---\n"
	deploymentElsewhere = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: gpu}\nspec: {selector: {matchLabels: {app: gpu}}, template: {metadata: {labels: {app: gpu}, annotations: {eks.amazonaws.com/compute-type: ec2}}, spec: {containers: [{name: c, image: i}]}}}\n---\n"
	denyAll             = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny}\nspec: {podSelector: %s, policyTypes: [Ingress]}\n---\n"
)

// A NetworkPolicy is reported by the pods that it selects, as far as the manifests tell.
func TestNetworkPolicies(t *testing.T) {
	const inert = `nothing enforces a NetworkPolicy for pods on Fargate, and this one `
	for name, c := range map[string]struct{ selector, manifests, want string }{
		"all pods, all on Fargate":        {"{}", deploymentOnFargate, inert + `selects pods of Deployment "web" on Fargate (profile all)`},
		"all pods, some on Fargate":       {"{}", deploymentOnFargate + deploymentElsewhere, inert + `selects pods of Deployment "web" on Fargate (profile all); it can only protect those that run elsewhere`},
		"all pods, none on Fargate":       {"{}", deploymentElsewhere, ""},
		"all pods, none known":            {"{}", "", inert + `selects pods that would run on Fargate (profile all)`},
		"pods of one on Fargate":          {"{matchLabels: {app: web}}", deploymentOnFargate + deploymentElsewhere, inert + `selects pods of Deployment "web" on Fargate (profile all)`},
		"pods of one elsewhere":           {"{matchLabels: {app: gpu}}", deploymentOnFargate + deploymentElsewhere, ""},
		"by expressions":                  {"{matchExpressions: [{key: app, operator: NotIn, values: [gpu]}]}", deploymentOnFargate + deploymentElsewhere, inert + `selects pods of Deployment "web" on Fargate (profile all)`},
		"by expressions, none known":      {"{matchExpressions: [{key: app, operator: In, values: [other]}]}", deploymentOnFargate, inert + `selects pods that would run on Fargate (profile all)`},
		"by an expression, one elsewhere": {"{matchExpressions: [{key: app, operator: In, values: [gpu]}]}", deploymentElsewhere, ""},
		"of Exists, none known":           {"{matchExpressions: [{key: app, operator: Exists}]}", "", inert + `selects pods that would run on Fargate (profile all)`},
		"of DoesNotExist, all have it":    {"{matchExpressions: [{key: app, operator: DoesNotExist}]}", "", inert + `selects pods that would run on Fargate (profile all)`},
		"what nothing meets":              {"{matchLabels: {app: a}, matchExpressions: [{key: app, operator: In, values: [b]}]}", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := messagesOf(t, "network-policy", c.manifests+strings.Replace(denyAll, "%s", c.selector, 1))
			if got["NetworkPolicy deny"] != c.want {
				t.Errorf("got  %q\nwant %q", got["NetworkPolicy deny"], c.want)
			}
		})
	}
}

func TestNetworkPolicyOptsOut(t *testing.T) {
	const annotated = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny, annotations: {eks.amazonaws.com/compute-type: ec2}}\nspec: {podSelector: {}}\n---\n"
	if got := messagesOf(t, "network-policy", deploymentOnFargate+annotated); len(got) > 0 {
		t.Error(got)
	}
}
