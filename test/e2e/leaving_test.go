package e2e

import (
	"context"
	"errors"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"fargate-webhook/test/cluster"
)

// TestLeaving: a Service that a finalizer holds while it is being deleted can't be made one that
// doesn't work, and goes when the finalizer does, though the webhook is down.
func TestLeaving(t *testing.T) {
	c, webhook := withOwnWebhook(t, append(profilesArgs(t), "--shutdown-delay=0s"), nil)
	namespace := newNamespace(t, c, "fargate-", map[string]string{"fargate-webhook/exempt": "true"})
	services := c.Clientset().CoreV1().Services(namespace)
	create := func(name string, kind corev1.ServiceType) {
		t.Helper()
		_, err := services.Create(t.Context(), &corev1.Service{
			ObjectMeta: metav1.ObjectMeta{Name: name, Finalizers: []string{"example.com/held"}},
			Spec:       corev1.ServiceSpec{Type: kind, Selector: map[string]string{"app": name, "run": "on-fargate"}, Ports: []corev1.ServicePort{{Port: 80}}},
		}, metav1.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
	}
	// The NodePort Service was there before the namespace was judged.
	create("node-port", corev1.ServiceTypeNodePort)
	create("cluster-ip", corev1.ServiceTypeClusterIP)
	mustKubectl(t, c, "", "label", "namespace", namespace, "fargate-webhook/exempt-")
	awaitRefusal(t, c, namespace)
	for _, name := range []string{"node-port", "cluster-ip"} {
		if err := services.Delete(t.Context(), name, metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	patch := func(name, text string) error {
		_, err := services.Patch(t.Context(), name, types.MergePatchType, []byte(text), metav1.PatchOptions{})
		return err
	}
	const toNodePort, release = `{"spec":{"type":"NodePort"}}`, `{"metadata":{"finalizers":null}}`
	if err := patch("cluster-ip", toNodePort); !apierrors.IsForbidden(err) {
		t.Errorf("made a NodePort Service while it is deleted: %v", err)
	}
	if err := webhook.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := patch("cluster-ip", toNodePort); !apierrors.IsInternalError(err) {
		t.Errorf("made a NodePort Service while it is deleted and the webhook is down: %v", err)
	}
	for _, name := range []string{"node-port", "cluster-ip"} {
		if err := patch(name, `{"metadata":{"annotations":{"a":"b"}}}`); err != nil {
			t.Errorf("annotate %s: %v", name, err)
		}
		if err := patch(name, release); err != nil {
			t.Errorf("release %s: %v", name, err)
		}
		err := cluster.Await(t.Context(), 10*time.Second, name+" is gone", func(ctx context.Context) error {
			_, err := services.Get(ctx, name, metav1.GetOptions{})
			if apierrors.IsNotFound(err) {
				return nil
			}
			return errors.Join(errors.New("it isn't"), err)
		})
		if err != nil {
			t.Error(err)
		}
	}
}
