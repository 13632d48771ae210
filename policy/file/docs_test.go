package file_test

import (
	"os"
	"strings"
	"testing"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/rules/objects"
	"fargate-webhook/policy"
	"fargate-webhook/policy/file"
)

// page returns docs/policy.md and the policies in it.
func page(t *testing.T) (text string, examples []string) {
	t.Helper()
	data, err := os.ReadFile("../../docs/policy.md")
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
		t.Fatalf("found only %d examples", len(examples))
	}
	return text, examples
}

// Each example of the page is a policy, and its table has every field.
func TestDocumentation(t *testing.T) {
	text, examples := page(t)
	for _, example := range examples {
		if _, err := file.Parse("docs/policy.md", []byte(example), fargate.Vocabulary()); err != nil {
			t.Errorf("%v in\n%s", err, example)
		}
	}
	_, err := file.Parse("p.yaml", []byte(head+"x: y"), fargate.Vocabulary())
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

// The example by namespace means what the page says.
func TestDocumentationByNamespace(t *testing.T) {
	_, examples := page(t)
	p, err := file.Parse("docs/policy.md", []byte(examples[3]), fargate.Vocabulary())
	if err != nil {
		t.Fatal(err)
	}
	for namespace, want := range map[string]struct {
		resources           policy.Resources
		workloads           policy.Action
		nodePort, daemonSet policy.Action
	}{
		"team-ml":     {policy.ResourcesLimits, policy.Warn, policy.Warn, ""},
		"team-a":      {policy.ResourcesOff, policy.Warn, policy.Warn, policy.Warn},
		"team-a-prod": {policy.ResourcesOff, policy.Warn, policy.Warn, policy.Warn},
		"web-prod":    {policy.ResourcesFit, policy.Deny, policy.Deny, ""},
		"web":         {policy.ResourcesFit, policy.Warn, policy.Warn, ""},
	} {
		s := p.For(namespace)
		if s.Resources != want.resources || s.Workloads != want.workloads ||
			s.Rules[objects.NodePort.ID] != want.nodePort || s.Rules[objects.DaemonSets.ID] != want.daemonSet ||
			len(s.AllowedVolumeDrivers) != 1 {
			t.Errorf("%s: %+v", namespace, s)
		}
	}
}
