package deploy

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"fargate-webhook/fargate"
	"fargate-webhook/policy/file"
)

// dataOf returns the data of a ConfigMap.
func dataOf(t *testing.T, objects []runtime.Object, name string) map[string]string {
	t.Helper()
	for _, object := range objects {
		if m, ok := object.(*corev1.ConfigMap); ok && m.Name == name {
			return m.Data
		}
	}
	t.Fatalf("there is no ConfigMap %s", name)
	return nil
}

// Files of profiles arrive as they are, wherever their first line begins.
func TestChartPassesFiles(t *testing.T) {
	want := map[string]string{
		"indented.yaml": "  indented: first\nsecond: line\n",
		"blank.yaml":    "   \n\n a: b",
		"tab.json":      "\t{\n\t}\n",
		"12":            "a: b",
	}
	more, err := yaml.Marshal(map[string]any{"profiles": map[string]any{"files": want}})
	if err != nil {
		t.Fatal(err)
	}
	got := maps.Clone(dataOf(t, renderWith(t, "defaults", string(more)), "fargate-webhook-profile-files"))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-values +ConfigMap:\n%s", diff)
	}
}

// Off without quotes is a setting or the action of a rule; text that looks the same stays as it is.
func TestChartWritesOff(t *testing.T) {
	text := dataOf(t, renderWith(t, "defaults", `
policy:
  labels: Off
  rules: {host-port: Off, daemonset: Off}
  exempt: {usernames: ["a\nb: false\nc"]}
  namespaces: [{match: a, resources: Off, rules: {node-port: Off}}, {match: b}]
`), "fargate-webhook-policy")["policy.yaml"]
	var got struct {
		Labels     string
		Rules      map[string]string
		Exempt     struct{ Usernames []string }
		Namespaces []map[string]any
	}
	if err := yaml.Unmarshal([]byte(text), &got); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	want := got
	want.Labels, want.Rules = "Off", map[string]string{"host-port": "Off", "daemonset": "Off"}
	want.Exempt.Usernames = []string{"a\nb: false\nc"}
	want.Namespaces = []map[string]any{
		{"match": "a", "resources": "Off", "rules": map[string]any{"node-port": "Off"}}, {"match": "b"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if _, err := file.Parse("policy.yaml", []byte(text), fargate.Vocabulary()); err != nil {
		t.Errorf("the program doesn't read it: %v", err)
	}
}
