package policy_test

import (
	"os"
	"strings"
	"testing"

	"fargate-webhook/fargate"
	"fargate-webhook/policy"
)

// page is docs/policy.md and the policies in it.
func page(t *testing.T) (text string, examples []string) {
	t.Helper()
	data, err := os.ReadFile("../docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	text = string(data)
	for i, part := range strings.Split(text, "```") {
		if example, isYAML := strings.CutPrefix(part, "yaml\n"); isYAML && i%2 == 1 {
			examples = append(examples, example)
		}
	}
	if len(examples) < 5 {
		t.Fatalf("only %d examples were found", len(examples))
	}
	return text, examples
}

// Each example is a policy, and the page tells of each field.
func TestDocumentation(t *testing.T) {
	text, examples := page(t)
	for _, example := range examples {
		if _, err := policy.Parse("docs/policy.md", []byte(example)); err != nil {
			t.Errorf("%v in\n%s", err, example)
		}
	}
	_, err := policy.Parse("p.yaml", []byte(head+"x: y"))
	if err == nil {
		t.Fatal("an unknown field passes")
	}
	_, list, _ := strings.Cut(err.Error(), "apiVersion, kind, ")
	fields := strings.Split(strings.ReplaceAll(list, " and ", ", "), ", ")
	for _, field := range fields {
		if !strings.Contains(text, "\n| `"+field+"` | ") {
			t.Errorf("the table lacks %q", field)
		}
	}
	if len(fields) < 10 {
		t.Errorf("the fields are %q", fields)
	}
}

// What the page says of its example by namespace is so.
func TestDocumentationByNamespace(t *testing.T) {
	_, examples := page(t)
	p, err := policy.Parse("docs/policy.md", []byte(examples[1]))
	if err != nil {
		t.Fatal(err)
	}
	for namespace, want := range map[string]struct {
		resources           fargate.ResourcesPolicy
		workloads           fargate.Action
		nodePort, daemonSet fargate.Action
	}{
		"team-ml":     {fargate.ResourcesLimits, fargate.ActionWarn, fargate.ActionWarn, ""},
		"team-a":      {fargate.ResourcesOff, fargate.ActionWarn, fargate.ActionWarn, fargate.ActionWarn},
		"team-a-prod": {fargate.ResourcesOff, fargate.ActionWarn, fargate.ActionWarn, fargate.ActionWarn},
		"web-prod":    {fargate.ResourcesFit, fargate.ActionDeny, fargate.ActionDeny, ""},
		"web":         {fargate.ResourcesFit, fargate.ActionWarn, fargate.ActionWarn, ""},
	} {
		s := p.For(namespace)
		if s.Resources != want.resources || s.Workloads != want.workloads ||
			s.Rules[fargate.RuleNodePort] != want.nodePort || s.Rules[fargate.RuleDaemonSet] != want.daemonSet ||
			len(s.AllowedVolumeDrivers) != 1 {
			t.Errorf("%s: %+v", namespace, s)
		}
	}
}
