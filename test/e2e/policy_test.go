package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPolicyFile: what the policy file says for a namespace, and of a user, holds in the cluster,
// and elsewhere nothing is changed by it.
func TestPolicyFile(t *testing.T) {
	config := filepath.Join(t.TempDir(), "policy.yaml")
	const text = `apiVersion: fargate-webhook/v1alpha1
kind: Policy
exempt: {usernames: ["break-*"]}
namespaces:
  - match: fargate-loose-*
    resources: Off
    rules: {node-port: Warn}
`
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, webhook := withOwnWebhook(t, append(profilesArgs(t), "--shutdown-delay=0s", "--config="+config), nil)
	if log := webhook.Tail(1000); !strings.Contains(log, `"policy":"`+config+`"`) {
		t.Errorf("the log doesn't say which policy is in force:\n%s", log)
	}
	loose, strict := newNamespace(t, c, "fargate-loose-", nil), newNamespace(t, c, "fargate-strict-", nil)
	const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: NAME}\nspec: {containers: [{name: c, image: c}]}\n"
	const service = "apiVersion: v1\nkind: Service\nmetadata: {name: NAME}\nspec: {type: NodePort, selector: {run: on-fargate}, ports: [{port: 80}]}\n"
	named := func(manifest, name string) string { return strings.Replace(manifest, "NAME", name, 1) }
	check := func(namespace, name string, labelled, fitted bool) {
		t.Helper()
		got := getPod(t, c, namespace, name)
		if (got.Labels["run"] != "") != labelled || (len(got.Spec.Containers[0].Resources.Requests) > 0) != fitted {
			t.Errorf("pod %s in %s has labels %v and resources %v", name, namespace, got.Labels, got.Spec.Containers[0].Resources)
		}
	}

	apply(t, c, loose, named(pod, "a"))
	check(loose, "a", true, false)
	apply(t, c, strict, named(pod, "a"))
	check(strict, "a", true, true)

	result := kubectl(t, c, named(service, "a"), "apply", "-n", loose, "-f", "-")
	if result.Code != 0 || !strings.Contains(result.Stderr, "node-port: ") {
		t.Errorf("a Service in %s: %+v; want it let through with a warning", loose, result)
	}
	mustRefuse(t, kubectl(t, c, named(service, "a"), "apply", "-n", strict, "-f", "-"), "node-port: ")

	asUser := []string{"--as=break-glass", "--as-group=system:masters"}
	apply(t, c, strict, named(pod, "b"), asUser...)
	check(strict, "b", false, false)
	apply(t, c, strict, named(service, "b"), asUser...)
}
