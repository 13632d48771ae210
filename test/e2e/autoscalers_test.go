package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/test/cluster"
)

// autoscalerDeadline is longer than the webhook takes to discover a kind that is served since just
// now, and to list it.
const autoscalerDeadline = time.Minute

// horizontalAutoscaler is one of the Deployment web, with this target for CPU.
func horizontalAutoscaler(target string) string {
	return fmt.Sprintf(`
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  maxReplicas: 3
  metrics: [{type: Resource, resource: {name: cpu, target: {%s}}}]
`, target)
}

// scaledObjects is KEDA's definition of ScaledObjects, without its schema.
const scaledObjects = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: scaledobjects.keda.sh}
spec:
  group: keda.sh
  names: {kind: ScaledObject, listKind: ScaledObjectList, plural: scaledobjects, singular: scaledobject}
  scope: Namespaced
  versions:
  - name: v1alpha1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`

// scaledObject is one of the Deployment web by the utilization of its memory.
const scaledObject = `
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: web}
spec:
  scaleTargetRef: {name: web}
  triggers: [{type: memory, metricType: Utilization, metadata: {value: "80"}}]
`

// Requests that an autoscaler counts stay as they are written in the Deployment. The others are
// raised.
func TestAutoscaledDeploymentKeepsRequests(t *testing.T) {
	c, _ := withWebhook(t)
	for name, test := range map[string]struct {
		definition, autoscaler string
		want                   corev1.ResourceList
	}{
		"CPU utilization":        {"", horizontalAutoscaler("type: Utilization, averageUtilization: 70"), list("100m", "256Mi")},
		"an amount of CPU":       {"", horizontalAutoscaler("type: AverageValue, averageValue: 80m"), list("250m", "256Mi")},
		"KEDA, memory":           {scaledObjects, scaledObject, list("250m", "128Mi")},
		"without an autoscaler":  {"", "", list("250m", "256Mi")},
		"autoscaler of its name": {"", strings.Replace(horizontalAutoscaler("type: Utilization, averageUtilization: 70"), "Deployment,", "StatefulSet,", 1), list("250m", "256Mi")},
	} {
		t.Run(name, func(t *testing.T) {
			namespace := newNamespace(t, c, "fargate-", nil)
			if test.definition != "" {
				mustKubectl(t, c, test.definition, "apply", "-f", "-")
				mustKubectl(t, c, "", "wait", "--for=condition=Established", "crd/scaledobjects.keda.sh")
				t.Cleanup(func() {
					if result, err := c.Kubectl(context.WithoutCancel(t.Context()), test.definition, "delete", "-f", "-"); err != nil || result.Code != 0 {
						t.Errorf("delete the definition: %v, %s", err, result.Stderr)
					}
				})
			}
			if test.autoscaler != "" {
				apply(t, c, namespace, test.autoscaler)
			}
			apply(t, c, namespace, deployment(t, []corev1.Container{container("app", list("100m", "128Mi"), nil)}, nil))
			awaitRequests(t, c, namespace, test.want)
			mustKubectl(t, c, "", "-n", namespace, "scale", "deployment", "web", "--replicas=2")
			for _, pod := range awaitPods(t, c, namespace, "app=web", 2) {
				if got := pod.Spec.Containers[0].Resources.Requests; !sameQuantities(got, test.want) {
					t.Errorf("pod %s requests %v, want %v", pod.Name, quantities(got), quantities(test.want))
				}
			}
		})
	}
}

// awaitRequests waits until a pod as the Deployment web would make it has these requests: until the
// webhook knows the autoscaler.
func awaitRequests(t *testing.T, c *cluster.Cluster, namespace string, want corev1.ResourceList) {
	t.Helper()
	probe := podOf("probe", container("app", list("100m", "128Mi"), nil))
	probe.Labels["app"] = "web"
	err := cluster.Await(t.Context(), autoscalerDeadline, "the webhook knows the autoscaler in "+namespace, func(ctx context.Context) error {
		sets, err := c.Clientset().AppsV1().ReplicaSets(namespace).List(ctx, metav1.ListOptions{})
		if err != nil || len(sets.Items) != 1 {
			return fmt.Errorf("%d ReplicaSets, %w", len(sets.Items), err)
		}
		probe.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(&sets.Items[0], appsv1.SchemeGroupVersion.WithKind("ReplicaSet"))}
		pod, err := c.Clientset().CoreV1().Pods(namespace).Create(ctx, probe, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		if err != nil {
			return err
		}
		if got := pod.Spec.Containers[0].Resources.Requests; !sameQuantities(got, want) {
			return fmt.Errorf("a pod would request %v", quantities(got))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// sameQuantities compares CPU and memory.
func sameQuantities(a, b corev1.ResourceList) bool {
	return a.Cpu().Cmp(*b.Cpu()) == 0 && a.Memory().Cmp(*b.Memory()) == 0
}
