package e2e

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReplacedServiceKeepsItsAnnotations: kubectl replace writes the manifest as it is, as
// operators do. What was added stays, unless the manifest removes it on purpose.
func TestReplacedServiceKeepsItsAnnotations(t *testing.T) {
	c, _ := withWebhook(t)
	namespace := newNamespace(t, c, "fargate-", nil)
	text := serviceText("web", "", ", type: LoadBalancer")
	mustWarn(t, kubectl(t, c, text, "create", "-n", namespace, "-f", "-"), "load-balancer-target: its load balancer will be internal")
	created := getService(t, c, namespace, "web")
	if created.Annotations[balancerType] != "external" || created.Annotations[balancerTarget] != "ip" {
		t.Fatalf("created with %v", created.Annotations)
	}
	edited := strings.Replace(text, "port: 80", "port: 8080", 1)
	for _, manifest := range []string{text, edited, edited} {
		mustWarn(t, kubectl(t, c, manifest, "replace", "-n", namespace, "-f", "-"))
		got := getService(t, c, namespace, "web")
		if diff := cmp.Diff(created.Annotations, got.Annotations); diff != "" {
			t.Errorf("replaced: annotations (-created +got):\n%s", diff)
		}
	}
	mustRefuse(t, kubectl(t, c, "", "annotate", "service", "web", "-n", namespace, "--overwrite", balancerTarget+"=instance"), "load-balancer-target:")
	removed := serviceText("web", `, annotations: {fargate-webhook/added: ""}`, ", type: LoadBalancer")
	mustWarn(t, kubectl(t, c, removed, "replace", "-n", namespace, "-f", "-"), "load-balancer-target: without the annotation "+balancerTarget)
	if got := getService(t, c, namespace, "web").Annotations; got[balancerType] != "" || got[balancerTarget] != "" {
		t.Errorf("removed on purpose, it has %v", got)
	}
}
