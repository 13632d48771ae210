package review_test

import (
	"strings"
	"testing"
)

// The VPC CNI's own policies are reported as NetworkPolicies are.
func TestApplicationNetworkPolicies(t *testing.T) {
	const written = "apiVersion: networking.k8s.aws/v1alpha1\nkind: ApplicationNetworkPolicy\nmetadata: {name: names}\n" +
		"spec: {podSelector: {matchLabels: {app: %s}}, policyTypes: [Egress], egress: [{to: [{domainNames: [example.com]}], ports: [{port: 443, protocol: TCP}]}]}\n---\n"
	for app, want := range map[string]string{
		"web": `nothing enforces an ApplicationNetworkPolicy for pods on Fargate, and this one selects pods of Deployment "web" on Fargate (profile all)`,
		"gpu": "",
	} {
		got := messagesOf(t, "network-policy", deploymentOnFargate+deploymentElsewhere+strings.Replace(written, "%s", app, 1))
		if got["ApplicationNetworkPolicy names"] != want {
			t.Errorf("%s: got  %q\nwant %q", app, got, want)
		}
	}
}

// A ClusterNetworkPolicy is for the namespaces that it selects by name, or for all.
func TestClusterNetworkPolicies(t *testing.T) {
	const (
		written = "apiVersion: networking.k8s.aws/v1alpha1\nkind: ClusterNetworkPolicy\nmetadata: {name: admin}\nspec: {tier: Admin, priority: 1, subject: %s, ingress: [{action: %a, from: [{namespaces: {}}]}]}\n---\n"
		inert   = `nothing enforces a ClusterNetworkPolicy for pods on Fargate, and this one `
		web     = `selects pods of Deployment "web" on Fargate (profile all) in namespace "default"`
		named   = "{matchLabels: {kubernetes.io/metadata.name: default}}"
		both    = web + "; it can only protect those that run elsewhere"
		either  = "{matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, values: [other, default]}]}"
	)
	for name, c := range map[string]struct{ subject, action, want string }{
		"a namespace":             {"{namespaces: " + named + "}", "Deny", inert + both},
		"pods of a namespace":     {"{pods: {namespaceSelector: " + named + ", podSelector: {matchLabels: {app: web}}}}", "Deny", inert + web},
		"pods elsewhere":          {"{pods: {namespaceSelector: " + named + ", podSelector: {matchLabels: {app: gpu}}}}", "Deny", ""},
		"all namespaces":          {"{namespaces: {}}", "Deny", inert + `selects pods that would run on Fargate (profile all)`},
		"one of two namespaces":   {"{pods: {namespaceSelector: " + either + ", podSelector: {matchExpressions: [{key: app, operator: Exists}]}}}", "Deny", inert + both},
		"by a label of the team":  {"{namespaces: {matchLabels: {team: a}}}", "Deny", ""},
		"by an expression of one": {"{namespaces: {matchExpressions: [{key: team, operator: Exists}]}}", "Deny", ""},
		"nothing is denied":       {"{namespaces: {}}", "Accept", ""},
		"no subject":              {"{}", "Deny", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := messagesOf(t, "network-policy", deploymentOnFargate+deploymentElsewhere+strings.NewReplacer("%s", c.subject, "%a", c.action).Replace(written))
			if got["ClusterNetworkPolicy admin"] != c.want {
				t.Errorf("got  %q\nwant %q", got["ClusterNetworkPolicy admin"], c.want)
			}
		})
	}
}
