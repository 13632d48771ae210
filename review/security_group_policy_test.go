package review_test

import (
	"strings"
	"testing"
)

func TestSecurityGroupPolicies(t *testing.T) {
	const (
		written = "apiVersion: vpcresources.k8s.aws/v1beta1\nkind: SecurityGroupPolicy\nmetadata: {name: web}\nspec: {%s, securityGroups: {groupIds: [%g]}}\n---\n"
		only    = `spec.securityGroups.groupIds (sg-1) is the only security group of the pods: unless it is the cluster security group, it must let in the kubelet's probes, ` +
			`and CoreDNS must let it in; the policy selects pods of Deployment "web" on Fargate (profile all)`
		six = `spec.securityGroups.groupIds must not have more than 5 security groups, not 6`
	)
	for name, c := range map[string]struct{ selector, groups, want string }{
		"one group":             {"podSelector: {matchLabels: {app: web}}", "sg-1", only},
		"all pods":              {"podSelector: {}", "sg-1", only},
		"two groups":            {"podSelector: {matchLabels: {app: web}}", "sg-1, sg-2", ""},
		"six groups":            {"podSelector: {matchLabels: {app: web}}", "a, b, c, d, e, f", six},
		"no groups":             {"podSelector: {matchLabels: {app: web}}", "", ""},
		"pods elsewhere":        {"podSelector: {matchLabels: {app: gpu}}", "sg-1", ""},
		"by ServiceAccount":     {"serviceAccountSelector: {matchLabels: {app: web}}", "sg-1", ""},
		"by ServiceAccount too": {"podSelector: {matchLabels: {app: web}}, serviceAccountSelector: {matchLabels: {app: web}}", "sg-1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.NewReplacer("%s", c.selector, "%g", c.groups).Replace(written)
			if got := messagesOf(t, "security-group-policy", deploymentOnFargate+deploymentElsewhere+text)["SecurityGroupPolicy web"]; got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}
