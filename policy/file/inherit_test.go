package file_test

import (
	"testing"

	"fargate-webhook/fargate/rules/objects"
	"fargate-webhook/policy"
)

// A field that sets the action of a rule, and the rule itself, replace what is inherited of both.
func TestRuleFieldsReplaceWhatIsInherited(t *testing.T) {
	for name, c := range map[string]struct {
		text, namespace string
		action          policy.Action
		rewrite         bool
	}{
		"default":                        {"", "web", "", false},
		"Deny":                           {"nodePortServices: Deny", "web", policy.Deny, false},
		"Warn":                           {"nodePortServices: Warn", "web", policy.Warn, false},
		"ClusterIP":                      {"nodePortServices: ClusterIP", "web", "", true},
		"inherited":                      {"nodePortServices: ClusterIP\nnamespaces: [{match: a}]", "a", "", true},
		"ClusterIP replaces a rule":      {"rules: {node-port: Warn}\nnamespaces: [{match: a, nodePortServices: ClusterIP}]", "a", "", true},
		"Off replaces ClusterIP":         {"nodePortServices: ClusterIP\nnamespaces: [{match: a, nodePortServices: Off}]", "a", policy.Off, false},
		"a rule replaces ClusterIP":      {"nodePortServices: ClusterIP\nnamespaces: [{match: a, rules: {node-port: Deny}}]", "a", policy.Deny, false},
		"another rule doesn't":           {"nodePortServices: ClusterIP\nnamespaces: [{match: a, rules: {host-port: Off}}]", "a", "", true},
		"an entry leaves the others be":  {"rules: {node-port: Warn}\nnamespaces: [{match: a, nodePortServices: ClusterIP}]", "web", policy.Warn, false},
		"Deny of an entry replaces Warn": {"nodePortServices: Warn\nnamespaces: [{match: a, nodePortServices: Deny}]", "a", policy.Deny, false},
	} {
		p := parsed(t, c.text)
		s := p.For(c.namespace)
		if s.Rules[objects.NodePort.ID] != c.action || s.RewriteNodePorts != c.rewrite {
			t.Errorf("%s: action %q, rewrite %v; want %q, %v", name, s.Rules[objects.NodePort.ID], s.RewriteNodePorts, c.action, c.rewrite)
		}
	}
}
