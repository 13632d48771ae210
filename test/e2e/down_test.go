package e2e

import (
	"bytes"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
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

// boundTo makes a pod that Fargate's scheduler, or whatever else, has bound to a node, or to none
// yet.
func boundTo(t *testing.T, c *cluster.Cluster, namespace, node string) *corev1.Pod {
	t.Helper()
	pod, err := c.Clientset().CoreV1().Pods(namespace).Create(t.Context(), &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "on-" + node + "-node"},
		Spec:       corev1.PodSpec{SchedulerName: "fargate-scheduler", NodeName: node, Containers: []corev1.Container{{Name: "c", Image: "c", Resources: quarter()}}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return pod
}

// quarter are resources that leave a pod the smallest size and guaranteed.
func quarter() corev1.ResourceRequirements {
	list := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("250m"), corev1.ResourceMemory: resource.MustParse("256Mi")}
	return corev1.ResourceRequirements{Requests: list, Limits: list}
}

// writePartsDry adds an ephemeral container to a pod and gives the container of one that is not
// bound less CPU time, in dry runs. The errors are by subresource.
func writePartsDry(t *testing.T, c *cluster.Cluster, pod *corev1.Pod) map[string]error {
	t.Helper()
	pods, dry := c.Clientset().CoreV1().Pods(pod.Namespace), metav1.UpdateOptions{DryRun: []string{metav1.DryRunAll}}
	errs := map[string]error{}
	debugged, resized := pod.DeepCopy(), pod.DeepCopy()
	debugged.Spec.EphemeralContainers = []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon{Name: "debug", Image: "debug"}}}
	if _, err := pods.UpdateEphemeralContainers(t.Context(), pod.Name, debugged, dry); err != nil {
		errs["ephemeralcontainers"] = err
	}
	if pod.Spec.NodeName != "" {
		return errs // the API server asks for the Node, and there is none
	}
	less := quarter()
	less.Requests[corev1.ResourceCPU] = resource.MustParse("125m") // limits are the same map
	resized.Spec.Containers[0].Resources = less
	if _, err := pods.UpdateResize(t.Context(), pod.Name, resized, dry); err != nil {
		errs["resize"] = err
	}
	return errs
}

// TestDown: while the webhook is down, namespaces without Fargate notice nothing, and no pod of the
// others slips through unjudged, though workloads can be written.
func TestDown(t *testing.T) {
	args := append(profilesArgs(t), "--shutdown-delay=0s")
	c, webhook := withOwnWebhook(t, args, nil)
	bundle := registeredBundle(t, c)
	elsewhere := newNamespace(t, c, "ec2-", nil)
	exempt := newNamespace(t, c, "fargate-", map[string]string{"fargate-webhook/exempt": "true"})
	running := newNamespace(t, c, "fargate-", nil)
	pods := []*corev1.Pod{boundTo(t, c, running, ""), boundTo(t, c, running, "fargate-ip-192-0-2-1"), boundTo(t, c, running, "ip-192-0-2-1")}
	for _, pod := range pods {
		if partErrs := writePartsDry(t, c, pod); len(partErrs) > 0 {
			t.Errorf("parts of %s: %v", pod.Name, partErrs)
		}
	}
	if err := webhook.Stop(); err != nil {
		t.Fatal(err)
	}

	// Of running pods it is those on Fargate whose parts aren't written unjudged.
	for _, pod := range pods {
		partErrs := writePartsDry(t, c, pod)
		for _, part := range []string{"ephemeralcontainers", "resize"} {
			err, waits := partErrs[part], pod.Spec.NodeName == "" || part == "ephemeralcontainers" && pod.Spec.NodeName != "ip-192-0-2-1"
			if waits != apierrors.IsInternalError(err) || waits && !strings.Contains(err.Error(), part+".validate.fargate-webhook") {
				t.Errorf("%s of %s: %v", part, pod.Name, err)
			}
		}
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
	// Workloads are only warned about: they don't wait for the webhook, and their pods still do.
	for _, kind := range workloadKinds() {
		mustKubectl(t, c, pinnedWorkload(t, kind, "while-down"), "-n", "apps", "create", "--dry-run=server", "-f", "-")
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

// registeredBundle is the authority that the API server is told to trust, the same one for each
// webhook.
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
