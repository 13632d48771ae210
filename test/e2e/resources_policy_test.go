package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

// TestResourcesByPolicy: the policy file chooses what becomes of resources, for the cluster and for
// some namespaces, and a pod's own annotation goes before it.
func TestResourcesByPolicy(t *testing.T) {
	config := filepath.Join(t.TempDir(), "policy.yaml")
	const text = `apiVersion: fargate-webhook/v1alpha1
kind: Policy
resources: Limits
namespaces:
  - match: fargate-team-*
    resources: Off
  - match: fargate-least-*
    resources: Fit
    minimum: {cpu: 300m, memory: 600Mi}
`
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, _ := withOwnWebhook(t, append(profilesArgs(t), "--shutdown-delay=0s", "--config="+config), nil)
	limits, off, least := newNamespace(t, c, "fargate-", nil), newNamespace(t, c, "fargate-team-", nil), newNamespace(t, c, "fargate-least-", nil)
	written := []corev1.Container{container("app", list("100m", "128Mi"), list("500m", "768Mi")), container("logs", nil, nil)}
	// 0.5 vCPU and 1 GB hold the limits to the last bit, and nothing is left to request for the
	// other. It may use what the first doesn't.
	raised := []corev1.Container{container("app", list("500m", "768Mi"), list("500m", "768Mi")), container("logs", list("0", "0"), list("500m", "768Mi"))}
	for name, test := range map[string]struct {
		namespace, annotation string
		want                  []corev1.Container // nil: policy Fit, which never changes the size
	}{
		"limits":           {limits, "", raised},
		"off":              {off, "", written},
		"limits-by-pod":    {off, "Limits", raised},
		"off-by-pod":       {limits, "Off", written},
		"fit-by-pod":       {limits, "Fit", nil},
		"fit-by-pod-again": {off, "Fit", nil},
	} {
		pod := podOf(name, written...)
		if test.annotation != "" {
			pod.Annotations = map[string]string{"fargate-webhook/resources": test.annotation}
		}
		got := createPod(t, c, test.namespace, pod)
		if test.want == nil {
			checkLimits(t, got)
			checkSize(t, &pod.Spec, &got.Spec)
			continue
		}
		if diff := cmp.Diff(resourcesOf(podOf(name, test.want...)), resourcesOf(got)); diff != "" {
			t.Errorf("%s: want (-), got (+):\n%s", name, diff)
		}
	}
	t.Run("minimum", func(t *testing.T) {
		got := createPod(t, c, least, podOf("least", container("app", nil, nil)))
		// 300m and 600Mi need 0.5 vCPU and 1 GB.
		want := container("app", list("500m", "768Mi"), list("500m", "768Mi"))
		if diff := cmp.Diff(resourcesOf(podOf("least", want)), resourcesOf(got)); diff != "" {
			t.Errorf("want (-), got (+):\n%s", diff)
		}
	})
}
