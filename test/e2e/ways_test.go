package e2e

import (
	"strings"
	"testing"
)

// TestWaysToCreate: however a pod comes, it gets its label and its resources. None of these
// manifests names the namespace: only the request does (S22).
func TestWaysToCreate(t *testing.T) {
	c, _ := withWebhook(t)
	named := manifest(t, "pods/bare.yaml")
	generated := strings.Replace(named, "name: bare", "generateName: bare-", 1)
	if generated == named {
		t.Fatal("the manifest has changed")
	}
	for name, way := range map[string]struct {
		stdin string
		args  []string
	}{
		"create":            {named, []string{"create", "-f", "-"}},
		"generateName":      {generated, []string{"create", "-f", "-"}},
		"client-side apply": {named, []string{"apply", "-f", "-"}},
		"server-side apply": {named, []string{"apply", "--server-side", "-f", "-"}},
		"run":               {"", []string{"run", "bare", "--image=app", "--labels=app=bare"}},
		"job":               {"", []string{"create", "job", "bare", "--image=app"}},
	} {
		t.Run(name, func(t *testing.T) {
			namespace := newNamespace(t, c, "fargate-", nil)
			mustKubectl(t, c, way.stdin, append([]string{"-n", namespace}, way.args...)...)
			pod := awaitPods(t, c, namespace, "run=on-fargate", 1)[0]
			if !strings.HasPrefix(pod.Name, "bare") {
				t.Errorf("pod %s", pod.Name)
			}
			checkShares(t, pod.Spec.Containers)
		})
	}
}

// TestLabelsAreNeverOverwritten: `kubectl run` gives a pod the label run, and a different value
// than the profile's is the user's (S24).
func TestLabelsAreNeverOverwritten(t *testing.T) {
	c, _ := withWebhook(t)
	namespace := newNamespace(t, c, "fargate-", nil)
	mustKubectl(t, c, "", "-n", namespace, "run", "mine", "--image=app")
	pod := getPod(t, c, namespace, "mine")
	if pod.Labels["run"] != "mine" || len(pod.Labels) != 1 || len(pod.Spec.Containers[0].Resources.Requests) != 0 {
		t.Errorf("labels %v, requests %v", pod.Labels, quantities(pod.Spec.Containers[0].Resources.Requests))
	}
}

// TestApplyAgain: what admission added doesn't turn up as a change of the user's when the same
// manifest is applied again.
func TestApplyAgain(t *testing.T) {
	c, _ := withWebhook(t)
	namespace := newNamespace(t, c, "fargate-", nil)
	for _, args := range [][]string{nil, {"--server-side"}} {
		pod := strings.Replace(manifest(t, "pods/bare.yaml"), "name: bare", "name: bare"+strings.Join(args, ""), 1)
		apply(t, c, namespace, pod, args...)
		apply(t, c, namespace, pod, args...)
	}
}
