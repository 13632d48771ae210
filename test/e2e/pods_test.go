package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/test/cluster"
)

// podsDeadline is how long controllers may take to make pods.
const podsDeadline = time.Minute

// awaitPods waits until a namespace has so many pods with a label, and returns them.
func awaitPods(t *testing.T, c *cluster.Cluster, namespace, selector string, count int) []corev1.Pod {
	t.Helper()
	var pods *corev1.PodList
	err := cluster.Await(t.Context(), podsDeadline, fmt.Sprintf("%s has %d pods with %s", namespace, count, selector), func(ctx context.Context) (err error) {
		pods, err = c.Clientset().CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
		if err == nil && len(pods.Items) != count {
			err = fmt.Errorf("it has %d", len(pods.Items))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return pods.Items
}

// quantities writes down cpu, memory and whatever else a list holds.
func quantities(list corev1.ResourceList) map[string]string {
	out := map[string]string{}
	for name, quantity := range list {
		out[string(name)] = quantity.String()
	}
	return out
}

// TestExampleDeployments applies what the README tells to apply. Both ask for what Fargate bills,
// so only a missing label changes.
func TestExampleDeployments(t *testing.T) {
	c, _ := withWebhook(t)
	asked := map[string]string{"cpu": "250m", "memory": "512Mi", "ephemeral-storage": "10Gi"}
	for app, file := range map[string]string{"web": "examples/deployment.yaml", "web-unlabelled": "examples/deployment-unlabelled.yaml"} {
		t.Run(app, func(t *testing.T) {
			mustKubectl(t, c, manifest(t, file), "apply", "-f", "-")
			for _, pod := range awaitPods(t, c, "apps", "app="+app, 2) {
				want := map[string]string{"app": app, "run": "on-fargate", "pod-template-hash": pod.Labels["pod-template-hash"]}
				if diff := cmp.Diff(want, pod.Labels); diff != "" {
					t.Errorf("labels (-want +got):\n%s", diff)
				}
				resources := pod.Spec.Containers[0].Resources
				if diff := cmp.Diff(asked, quantities(resources.Requests)); diff != "" {
					t.Errorf("requests (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(asked, quantities(resources.Limits)); diff != "" {
					t.Errorf("limits (-want +got):\n%s", diff)
				}
			}
		})
	}
	// The template stays as it was written: whoever keeps it so would undo a change.
	out := mustKubectl(t, c, "", "-n", "apps", "get", "deployment", "web-unlabelled", "-o", "jsonpath={.spec.template.metadata.labels}")
	if want := `{"app":"web-unlabelled"}`; out != want {
		t.Errorf("labels of the template: %s, want %s", out, want)
	}
}

// TestPodsWithoutRequests request what 0.25 vCPU and 0.5 GB hold besides Fargate's own 256Mi, in
// equal shares, and each container may use all of it (F3.1, F3.2, F3.11).
func TestPodsWithoutRequests(t *testing.T) {
	c, _ := withWebhook(t)
	namespace := newNamespace(t, c, "fargate-", nil)
	for _, name := range []string{"bare", "two", "three", "init"} {
		t.Run(name, func(t *testing.T) {
			apply(t, c, namespace, manifest(t, "pods/"+name+".yaml"))
			pod := getPod(t, c, namespace, name)
			if got := pod.Labels["run"]; got != "on-fargate" {
				t.Errorf("label run: %q", got)
			}
			if alone := len(pod.Spec.Containers) == 1; alone != (pod.Status.QOSClass == corev1.PodQOSGuaranteed) {
				t.Errorf("QoS class %s", pod.Status.QOSClass)
			}
			checkShares(t, pod.Spec.Containers)
			// An init container runs alone, so it may use all there is.
			for i := range pod.Spec.InitContainers {
				checkShares(t, pod.Spec.InitContainers[i:i+1])
			}
		})
	}
}

// checkShares checks that containers share what the smallest Fargate pod holds to the last 1m and
// 1Mi, evenly, and that all of it is the limit of each.
func checkShares(t *testing.T, containers []corev1.Container) {
	t.Helper()
	for name, text := range map[corev1.ResourceName][2]string{corev1.ResourceCPU: {"250m", "1m"}, corev1.ResourceMemory: {"256Mi", "1Mi"}} {
		budget, unit := resource.MustParse(text[0]), resource.MustParse(text[1])
		var sum resource.Quantity
		least, most := budget, resource.Quantity{}
		for i := range containers {
			request, limit := containers[i].Resources.Requests[name], containers[i].Resources.Limits[name]
			if limit.Cmp(budget) != 0 {
				t.Errorf("%s: limit %s, want %s", containers[i].Name, &limit, &budget)
			}
			sum.Add(request)
			if request.Cmp(least) < 0 {
				least = request
			}
			if request.Cmp(most) > 0 {
				most = request
			}
		}
		if sum.Cmp(budget) != 0 {
			t.Errorf("%s of all: %s, want %s", name, &sum, &budget)
		}
		if most.Sub(least); most.Cmp(unit) > 0 {
			t.Errorf("%s: the shares differ by %s", name, &most)
		}
	}
}

// TestPin: of two profiles that match, the pod is pinned to the one that EKS takes (F1.6, F1.7).
func TestPin(t *testing.T) {
	c, _ := withWebhook(t)
	namespace := newNamespace(t, c, "two-profiles-", nil)
	apply(t, c, namespace, manifest(t, "pods/bare.yaml"))
	want := map[string]string{"eks.amazonaws.com/fargate-profile": "two-a"}
	if diff := cmp.Diff(want, getPod(t, c, namespace, "bare").Labels); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
}
