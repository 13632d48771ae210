package e2e

import (
	"encoding/json"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// TestDryRun: a dry run gets the same answers as a real one and leaves nothing behind but audit
// lines that say so.
func TestDryRun(t *testing.T) {
	c, webhook := withWebhook(t)
	namespace := newNamespace(t, c, "fargate-", nil)
	dryRun := []string{"-n", namespace, "apply", "--dry-run=server", "-o", "json", "-f", "-"}

	var pod corev1.Pod
	if err := json.Unmarshal([]byte(mustKubectl(t, c, manifest(t, "pods/two.yaml"), dryRun...)), &pod); err != nil {
		t.Fatal(err)
	}
	if pod.Labels["run"] != "on-fargate" {
		t.Errorf("labels %v", pod.Labels)
	}
	checkShares(t, pod.Spec.Containers)
	for file, want := range map[string]string{
		"refused/daemonset.yaml":  "daemonset:",
		"refused/service.yaml":    "node-port:",
		"refused/pod-pinned.yaml": "profile-pin:",
	} {
		mustRefuse(t, kubectl(t, c, manifest(t, file), dryRun...), want, optOut)
	}
	if out := mustKubectl(t, c, "", "-n", namespace, "get", "pods,daemonsets,services", "-o", "name"); out != "" {
		t.Errorf("left behind:\n%s", out)
	}

	lines := awaitAudit(t, webhook, namespace, 3)
	for _, line := range lines {
		if !line.DryRun {
			t.Errorf("a line without dryRun: %+v", line)
		}
	}
}
