package e2e

import (
	"bytes"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/test/cluster"
)

// createDry asks for a pod in a dry run.
func createDry(t *testing.T, c *cluster.Cluster, namespace string, change func(*corev1.Pod)) error {
	t.Helper()
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "while-down"},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "c"}}},
	}
	if change != nil {
		change(pod)
	}
	_, err := c.Clientset().CoreV1().Pods(namespace).Create(t.Context(), pod, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	return err
}

// TestDown: while the webhook is down, namespaces without Fargate notice nothing, and no pod of the others slips through unjudged.
func TestDown(t *testing.T) {
	args := append(profilesArgs(t), "--shutdown-delay=0s")
	c, webhook := withOwnWebhook(t, args, nil)
	bundle := registeredBundle(t, c)
	elsewhere := newNamespace(t, c, "ec2-", nil)
	exempt := newNamespace(t, c, "fargate-", map[string]string{"fargate-webhook/exempt": "true"})
	if err := webhook.Stop(); err != nil {
		t.Fatal(err)
	}

	for _, namespace := range []string{elsewhere, exempt, "kube-system"} {
		if err := createDry(t, c, namespace, nil); err != nil {
			t.Errorf("a pod in %s: %v", namespace, err)
		}
	}
	for what, change := range map[string]func(*corev1.Pod){
		"of a DaemonSet": func(p *corev1.Pod) {
			p.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "DaemonSet", Name: "agent", UID: "1", Controller: new(true)}}
		},
		"bound to a node": func(p *corev1.Pod) { p.Spec.NodeName = "node" },
	} {
		if err := createDry(t, c, "apps", change); err != nil {
			t.Errorf("a pod %s in apps: %v", what, err)
		}
	}
	if err := createDry(t, c, "apps", nil); !apierrors.IsInternalError(err) {
		t.Errorf("a pod in apps: %v; want that the webhook can't be called", err)
	}
	mustRefuse(t, kubectl(t, c, manifest(t, "pods/bare.yaml"), "-n", "apps", "apply", "-f", "-"), "failed calling webhook", "pods.mutate.fargate-webhook")

	// It comes back with the authority that it had, and on another port.
	withOwnWebhook(t, args, nil)
	if err := createDry(t, c, "apps", nil); err != nil {
		t.Errorf("after the restart: %v", err)
	}
	if got := registeredBundle(t, c); !bytes.Equal(got, bundle) {
		t.Errorf("the restart changed the authority from\n%s to\n%s", bundle, got)
	}
}

// registeredBundle is the authority that the API server is told to trust, the same one for each webhook.
func registeredBundle(t *testing.T, c *cluster.Cluster) []byte {
	t.Helper()
	client := c.Clientset().AdmissionregistrationV1()
	mutating, err := client.MutatingWebhookConfigurations().Get(t.Context(), "0400-fargate-webhook", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	validating, err := client.ValidatingWebhookConfigurations().Get(t.Context(), "fargate-webhook", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	bundle := mutating.Webhooks[0].ClientConfig.CABundle
	for _, hook := range validating.Webhooks {
		if !bytes.Equal(hook.ClientConfig.CABundle, bundle) {
			t.Errorf("%s has another authority", hook.Name)
		}
	}
	if len(bundle) == 0 {
		t.Fatal("no authority is registered")
	}
	return bundle
}
