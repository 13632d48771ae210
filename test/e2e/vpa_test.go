package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/test/cluster"
)

// recommend makes a VerticalPodAutoscaler for the Deployment web and gives it the recommendation
// that its recommender would: for the container app, of which it controls the values named.
func recommend(t *testing.T, c *cluster.Cluster, namespace, controlled string, target corev1.ResourceList) {
	t.Helper()
	mustKubectl(t, c, fmt.Sprintf(`
apiVersion: autoscaling.k8s.io/v1
kind: VerticalPodAutoscaler
metadata: {name: web}
spec:
  targetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  updatePolicy: {updateMode: Initial}
  resourcePolicy: {containerPolicies: [{containerName: app, controlledValues: %s, maxAllowed: {cpu: "1", memory: 1Gi}}]}
`, controlled), "-n", namespace, "create", "-f", "-")
	status, err := json.Marshal(map[string]any{"status": map[string]any{"recommendation": map[string]any{"containerRecommendations": []any{
		map[string]any{"containerName": "app", "target": target, "lowerBound": target, "upperBound": target},
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	mustKubectl(t, c, "", "-n", namespace, "patch", "vpa", "web", "--subresource=status", "--type=merge", "-p", string(status))
}

// TestRequestsOfVPAAreKept: containers request what VPA recommends, and what it says nothing of as
// it is written. Fit raises nothing that VPA would evict the pod for.
func TestRequestsOfVPAAreKept(t *testing.T) {
	c, _ := withWebhook(t)
	runVPA(t, c)
	for name, test := range map[string]struct {
		controlled string
		app        corev1.Container // as it is written
		target     corev1.ResourceList
		want       corev1.ResourceList
	}{
		"more":          {"RequestsAndLimits", container("app", list("100m", "128Mi"), list("200m", "256Mi")), list("700m", "900Mi"), list("700m", "900Mi")},
		"less":          {"RequestsAndLimits", container("app", list("1", "2Gi"), nil), list("60m", "80Mi"), list("60m", "80Mi")},
		"bounded":       {"RequestsAndLimits", container("app", nil, nil), list("3", "700Mi"), list("1", "700Mi")},
		"requests only": {"RequestsOnly", container("app", list("100m", "128Mi"), list("1", "1Gi")), list("60m", "80Mi"), list("60m", "80Mi")},
	} {
		t.Run(name, func(t *testing.T) {
			namespace := newNamespace(t, c, "fargate-", map[string]string{"vpa": "true"})
			containers := []corev1.Container{test.app, container("logs", nil, nil), container("proxy", list("30m", "40Mi"), nil)}
			apply(t, c, namespace, deployment(t, containers, nil))
			recommend(t, c, namespace, test.controlled, test.target)
			awaitRecommended(t, c, namespace)
			mustKubectl(t, c, "", "-n", namespace, "scale", "deployment", "web", "--replicas=1")
			got := awaitPods(t, c, namespace, "app=web", 1)[0]
			for i, want := range []corev1.ResourceList{test.want, nil, list("30m", "40Mi")} {
				if requests := got.Spec.Containers[i].Resources.Requests; !sameQuantities(requests, want) {
					t.Errorf("container %s requests %v, want %v; VPA said: %s",
						got.Spec.Containers[i].Name, quantities(requests), quantities(want), got.Annotations["vpaUpdates"])
				}
			}
		})
	}
}

// deployment is a Deployment without replicas yet.
func deployment(t *testing.T, containers []corev1.Container, annotations map[string]string) string {
	t.Helper()
	template := podOf("", containers...)
	template.Annotations = annotations
	template.Labels["app"] = "web"
	text, err := json.Marshal(appsv1.Deployment{
		TypeMeta:   metav1.TypeMeta{APIVersion: "apps/v1", Kind: "Deployment"},
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec: appsv1.DeploymentSpec{
			Replicas: new(int32(0)),
			Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}},
			Template: corev1.PodTemplateSpec{ObjectMeta: template.ObjectMeta, Spec: template.Spec},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// awaitRecommended waits until VPA knows the recommendation and the webhook the VPA: until a pod as
// the Deployment would make it shows both.
func awaitRecommended(t *testing.T, c *cluster.Cluster, namespace string) {
	t.Helper()
	probe := podOf("recommended", container("app", nil, nil), container("logs", nil, nil))
	probe.Labels["app"] = "web"
	err := cluster.Await(t.Context(), autoscalerDeadline, "VPA and the webhook know the recommendation in "+namespace, func(ctx context.Context) error {
		sets, err := c.Clientset().AppsV1().ReplicaSets(namespace).List(ctx, metav1.ListOptions{})
		if err != nil || len(sets.Items) != 1 {
			return fmt.Errorf("%d ReplicaSets, %w", len(sets.Items), err)
		}
		probe.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(&sets.Items[0], appsv1.SchemeGroupVersion.WithKind("ReplicaSet"))}
		pod, err := c.Clientset().CoreV1().Pods(namespace).Create(ctx, probe, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		switch {
		case err != nil:
			return err
		case pod.Annotations["vpaUpdates"] == "":
			return errors.New("VPA does not know it")
		case len(pod.Spec.Containers[1].Resources.Requests) > 0:
			return errors.New("the webhook does not know the VPA")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
