package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"fargate-webhook/test/cluster"
)

// game2048 is AWS's own example of an ALB: a Deployment, a NodePort Service and an Ingress with ip
// targets, in a namespace of its own.
func game2048(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../../shared/corpus/aws-load-balancer-controller/examples__2048__2048_full.yaml")
	if os.IsNotExist(err) {
		t.Skip("the corpus of real manifests is not beside the repository")
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// gameProfiles are the profiles of the tests and one that takes all pods of the game, as its
// walk-through for Fargate has it.
func gameProfiles(t *testing.T) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "profiles.yaml")
	text := strings.TrimRight(manifest(t, "profiles.yaml"), "\n") + "\n  - name: game\n    selectors:\n      - namespace: game-2048\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"--profiles=" + path}
}

// Test2048 plays it by default, where the Service is refused and what the refusal tells makes it
// work, and under a policy that does so by itself.
func Test2048(t *testing.T) {
	game := game2048(t)
	const namespace = "game-2048"
	c, _ := withOwnWebhook(t, append(gameProfiles(t), "--shutdown-delay=0s"), nil)
	t.Run("by default", func(t *testing.T) {
		mustRefuse(t, kubectl(t, c, game, "apply", "-f", "-"), ` run on Fargate (profile game), and a Fargate node serves no node ports`,
			"use type: ClusterIP; an Ingress with alb.ingress.kubernetes.io/target-type: ip", "reaches the pods without a node port")
		mustRefuse(t, kubectl(t, c, "", "get", "service", "service-2048", "-n", namespace), "NotFound")
		mended := strings.Replace(game, "type: NodePort", "type: ClusterIP", 1)
		for range 2 {
			mustWarn(t, kubectl(t, c, mended, "apply", "-f", "-"))
		}
		checkGame(t, c, namespace)
	})
	mustKubectl(t, c, "", "delete", "namespace", namespace, "--wait", "--timeout=60s")
	t.Run("by policy", func(t *testing.T) {
		c := withRewriting(t, namespace, gameProfiles(t))
		for _, args := range [][]string{nil, nil, {"--server-side", "--force-conflicts"}} {
			mustWarn(t, kubectl(t, c, game, append([]string{"apply", "-f", "-"}, args...)...))
			checkGame(t, c, namespace)
		}
	})
}

// checkGame checks that nothing of it is missing: the pods that the Service selects are Fargate's,
// and the Ingress leads to them by their own addresses.
func checkGame(t *testing.T, c *cluster.Cluster, namespace string) {
	t.Helper()
	service := getService(t, c, namespace, "service-2048")
	mustBeClusterIP(t, service)
	for _, pod := range awaitPods(t, c, namespace, labels.FormatLabels(service.Spec.Selector), 5) {
		checkLimits(t, &pod)
	}
	ingress, err := c.Clientset().NetworkingV1().Ingresses(namespace).Get(t.Context(), "ingress-2048", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := ingress.Annotations["alb.ingress.kubernetes.io/target-type"]; got != "ip" {
		t.Errorf("the Ingress has targets of type %q", got)
	}
}
