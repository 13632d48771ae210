package e2e

import (
	"context"
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/uuid"

	"fargate-webhook/test/cluster"
)

// mustBeUntouched checks that a pod is as it was written: no label added and no resources.
func mustBeUntouched(t *testing.T, pod *corev1.Pod) {
	t.Helper()
	if _, ok := pod.Labels["run"]; ok || pod.Labels["eks.amazonaws.com/fargate-profile"] != "" {
		t.Errorf("pod %s/%s has the labels %v", pod.Namespace, pod.Name, pod.Labels)
	}
	for i := range pod.Spec.Containers {
		if r := pod.Spec.Containers[i].Resources; len(r.Requests) != 0 || len(r.Limits) != 0 {
			t.Errorf("pod %s/%s requests %v, limits %v", pod.Namespace, pod.Name, quantities(r.Requests), quantities(r.Limits))
		}
	}
	for key := range pod.Annotations {
		if strings.HasPrefix(key, "fargate-webhook/") {
			t.Errorf("pod %s/%s has the annotation %s", pod.Namespace, pod.Name, key)
		}
	}
}

// createNodePortDry asks in a dry run for a Service that the webhook refuses in a namespace of a
// profile.
func createNodePortDry(ctx context.Context, c *cluster.Cluster, namespace string) error {
	service := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "node-port"},
		Spec:       corev1.ServiceSpec{Type: corev1.ServiceTypeNodePort, Selector: map[string]string{"app": "node-port", "run": "on-fargate"}, Ports: []corev1.ServicePort{{Port: 80}}},
	}
	_, err := c.Clientset().CoreV1().Services(namespace).Create(ctx, service, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	return err
}

// awaitRefusal waits until a NodePort Service is refused in a namespace: the API server sees a
// change of the namespace's labels late.
func awaitRefusal(t *testing.T, c *cluster.Cluster, namespace string) {
	t.Helper()
	err := cluster.Await(t.Context(), podsDeadline, "a NodePort Service is refused in "+namespace, func(ctx context.Context) error {
		err := createNodePortDry(ctx, c, namespace)
		switch {
		case apierrors.IsForbidden(err):
			return nil
		case err == nil:
			return errors.New("it was not")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestNamespacesLeftAlone: a pod, a DaemonSet and a NodePort Service that would be changed or
// refused in a namespace of a Fargate profile are as they were written in others. A profile of the
// tests does select kube-system (S34).
func TestNamespacesLeftAlone(t *testing.T) {
	c, _ := withWebhook(t)
	for name, namespace := range map[string]string{
		"kube-system":       "kube-system",
		"exempt":            newNamespace(t, c, "fargate-", map[string]string{"fargate-webhook/exempt": "true"}),
		"no profile":        newNamespace(t, c, "ec2-", nil),
		"the webhook's own": "fargate-webhook",
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.AwaitNamespace(t.Context(), namespace); err != nil {
				t.Fatal(err)
			}
			if namespace == "fargate-webhook" { // its Pod Security level refuses the pod
				mustKubectl(t, c, manifest(t, "refused/service.yaml"), "-n", namespace, "create", "--dry-run=server", "-f", "-")
				return
			}
			apply(t, c, namespace, manifest(t, "pods/bare.yaml"))
			mustBeUntouched(t, getPod(t, c, namespace, "bare"))
			apply(t, c, namespace, manifest(t, "refused/daemonset.yaml"))
			apply(t, c, namespace, manifest(t, "refused/service.yaml"))
		})
	}
	t.Run("exempt: false", func(t *testing.T) {
		namespace := newNamespace(t, c, "fargate-", map[string]string{"fargate-webhook/exempt": "false"})
		mustRefuse(t, kubectl(t, c, manifest(t, "refused/service.yaml"), "apply", "-n", namespace, "-f", "-"), "node-port:")
	})
}

// TestObjectsLeftAlone: in a namespace of a Fargate profile, what is kept off Fargate or has
// nothing to do with it is admitted as it is.
func TestObjectsLeftAlone(t *testing.T) {
	c, _ := withWebhook(t)
	namespace := newNamespace(t, c, "fargate-", nil)
	t.Run("pod opted out", func(t *testing.T) {
		apply(t, c, namespace, manifest(t, "untouched/pod-opted-out.yaml"))
		mustBeUntouched(t, getPod(t, c, namespace, "opted-out"))
	})
	for _, file := range []string{
		"daemonset-opted-out", "daemonset-aws-node", "daemonset-kube-proxy", "service-opted-out", "service-clusterip", "service-no-selector",
	} {
		t.Run(file, func(t *testing.T) { apply(t, c, namespace, manifest(t, "untouched/"+file+".yaml")) })
	}
}

// TestPodsOfDaemonSets: the pods that the DaemonSet controller makes are never Fargate's (F2.9), so
// they stay as they are, though a profile matches them without a label to add. The opt-out is on
// the DaemonSet, not on them.
func TestPodsOfDaemonSets(t *testing.T) {
	c, _ := withWebhook(t)
	namespace := newNamespace(t, c, "two-profiles-", nil)
	node := "node-" + string(uuid.NewUUID())
	mustKubectl(t, c, "{apiVersion: v1, kind: Node, metadata: {name: "+node+"}}", "create", "-f", "-")
	// A new node has this taint until a kubelet and the node controller say that it is ready. There
	// are none here.
	mustKubectl(t, c, "", "taint", "node", node, "node.kubernetes.io/not-ready:NoSchedule-")
	t.Cleanup(func() {
		if err := c.Clientset().CoreV1().Nodes().Delete(context.WithoutCancel(t.Context()), node, metav1.DeleteOptions{}); err != nil {
			t.Error(err)
		}
	})
	apply(t, c, namespace, manifest(t, "untouched/daemonset-opted-out.yaml"))
	pod := awaitPods(t, c, namespace, "app=opted-out", 1)[0]
	if owner := metav1.GetControllerOf(&pod); owner == nil || owner.Kind != "DaemonSet" {
		t.Errorf("owner %v", owner)
	}
	mustBeUntouched(t, &pod)
}
