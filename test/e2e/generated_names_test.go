package e2e

import (
	"strings"
	"testing"
)

// A pod whose name the API server makes, as that of every controller, is warned of the same as one with
// a name: what admission changed in it is known when it is judged.
func TestWarningsOfGeneratedNames(t *testing.T) {
	c, _ := withWebhookForSubtests(t)
	warnings := map[string]string{}
	for _, key := range []string{"name", "generateName"} {
		namespace := newNamespace(t, c, "all-", nil)
		manifest := `{"apiVersion": "v1", "kind": "Pod", "metadata": {"` + key + `": "cut-"}, "spec": {"containers": [{"name": "app", "image": "app",
			"resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"cpu": "4", "memory": "4Gi"}}}]}}`
		if key == "name" {
			manifest = strings.Replace(manifest, `"cut-"`, `"cut"`, 1)
		}
		result := kubectl(t, c, manifest, "-n", namespace, "create", "-f", "-")
		if result.Code != 0 || strings.Count(result.Stderr, "limit-above-size") != 2 {
			t.Errorf("%s: exit code %d, want warnings of two limits:\n%s", key, result.Code, result.Stderr)
		}
		warnings[key] = result.Stderr
	}
	if warnings["name"] != warnings["generateName"] {
		t.Errorf("with a name:\n%s\nwithout:\n%s", warnings["name"], warnings["generateName"])
	}
}
