package e2e

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/test/cluster"
)

// TestClaims: a pod is admitted when its claims are bound to what Fargate mounts. No controller of
// volumes runs here, so that a claim is bound when the test says so.
func TestClaims(t *testing.T) {
	c, _ := withWebhook(t)
	namespace := newNamespace(t, c, "all-", nil)
	apply(t, c, namespace, manifest(t, "claims/storage.yaml"))
	apply(t, c, namespace, manifest(t, "claims/claims.yaml"))
	for _, name := range []string{"on-efs", "on-ebs"} {
		bind(t, c, namespace, name)
	}
	for claim, want := range map[string]string{
		"on-efs":         "",
		"on-ebs":         `is bound to volume "e2e-ebs" of driver ebs.csi.aws.com; Fargate mounts only efs.csi.aws.com`,
		"will-be-on-ebs": `Fargate can never mount: its StorageClass "e2e-gp3" provisions volumes of ebs.csi.aws.com`,
		"not-there":      "does not exist",
	} {
		t.Run(claim, func(t *testing.T) {
			pod := podWithClaim(t, claim)
			awaitAnswer(t, c, namespace, pod, want)
			if want == "" {
				apply(t, c, namespace, pod)
				return
			}
			mustRefuse(t, kubectl(t, c, pod, "apply", "-n", namespace, "-f", "-"),
				fmt.Sprintf("persistent-volume: volume \"data\" must not use claim %q, which %s", claim, want), optOut)
		})
	}
	t.Run("bound later", func(t *testing.T) { checkBoundLater(t, c, namespace, "will-be-on-efs") })
}

// checkBoundLater: a pod whose claim isn't bound yet is refused, and then made again by its
// ReplicaSet (S15).
func checkBoundLater(t *testing.T, c *cluster.Cluster, namespace, claim string) {
	t.Helper()
	pod := podWithClaim(t, claim)
	const notYet = "is not bound yet; Fargate does not look again when it is"
	awaitAnswer(t, c, namespace, pod, notYet)
	apply(t, c, namespace, manifest(t, "claims/deployment.yaml"))
	awaitReplicaFailure(t, c, namespace, notYet)

	mustKubectl(t, c, "", "-n", namespace, "patch", "pvc", claim, "--type=merge", "-p", `{"spec":{"volumeName":"e2e-efs"}}`)
	bind(t, c, namespace, claim)
	awaitPods(t, c, namespace, "app=web", 1)
	apply(t, c, namespace, pod)
}

// podWithClaim is the manifest of a pod with a claim.
func podWithClaim(t *testing.T, claim string) string {
	t.Helper()
	text := manifest(t, "claims/pod.yaml")
	pod := strings.NewReplacer("reads-a-claim", claim, "a-claim", claim).Replace(text)
	if pod == text {
		t.Fatal("the manifest has changed")
	}
	return pod
}

// bind sets a claim's status as the controller of volumes does.
func bind(t *testing.T, c *cluster.Cluster, namespace, claim string) {
	t.Helper()
	mustKubectl(t, c, "", "-n", namespace, "patch", "pvc", claim, "--subresource=status", "--type=merge", "-p", `{"status":{"phase":"Bound"}}`)
}

// awaitAnswer waits until a pod would be refused with a text, or admitted for none: the webhook
// hears of claims a little later.
func awaitAnswer(t *testing.T, c *cluster.Cluster, namespace, pod, want string) {
	t.Helper()
	err := cluster.Await(t.Context(), podsDeadline, fmt.Sprintf("the answer to a pod is %q", want), func(ctx context.Context) error {
		result, err := c.Kubectl(ctx, pod, "-n", namespace, "create", "--dry-run=server", "-f", "-")
		switch {
		case err != nil:
			return err
		case want == "" && result.Code != 0, want != "" && !strings.Contains(result.Stderr, want):
			return errors.New(result.Stdout + result.Stderr)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// awaitReplicaFailure waits until a ReplicaSet tells that its pods are refused.
func awaitReplicaFailure(t *testing.T, c *cluster.Cluster, namespace, want string) {
	t.Helper()
	err := cluster.Await(t.Context(), podsDeadline, "a ReplicaSet's pods are refused", func(ctx context.Context) error {
		sets, err := c.Clientset().AppsV1().ReplicaSets(namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		for i := range sets.Items {
			for _, condition := range sets.Items[i].Status.Conditions {
				if condition.Type == "ReplicaFailure" && condition.Status == corev1.ConditionTrue && strings.Contains(condition.Message, want) {
					return nil
				}
			}
		}
		return errors.New("none tells so")
	})
	if err != nil {
		t.Fatal(err)
	}
}
