package e2e

import (
	"fmt"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/sizing"
	"fargate-webhook/test/cluster"
)

// list is a resource list of CPU and memory, each left out where it is empty.
func list(cpu, memory string) corev1.ResourceList {
	out := corev1.ResourceList{}
	for name, text := range map[corev1.ResourceName]string{corev1.ResourceCPU: cpu, corev1.ResourceMemory: memory} {
		if text != "" {
			out[name] = resource.MustParse(text)
		}
	}
	return out
}

// container is one that requests and is limited to so much.
func container(name string, requests, limits corev1.ResourceList) corev1.Container {
	return corev1.Container{Name: name, Image: name, Resources: corev1.ResourceRequirements{Requests: requests, Limits: limits}}
}

// podOf is a pod that a profile of the tests takes.
func podOf(name string, containers ...corev1.Container) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"run": "on-fargate"}},
		Spec:       corev1.PodSpec{Containers: containers},
	}
}

// createPod creates a pod, which must succeed, and returns what became of it.
func createPod(t *testing.T, c *cluster.Cluster, namespace string, pod *corev1.Pod) *corev1.Pod {
	t.Helper()
	created, err := c.Clientset().CoreV1().Pods(namespace).Create(t.Context(), pod, metav1.CreateOptions{})
	if err != nil {
		t.Fatalf("pod %s: %v", pod.Name, err)
	}
	return created
}

// resourcesOf writes down what each container requests and is limited to, in their order. Zero is
// as good as not stated: it is what is left of a resource when the other containers ask for all of
// it.
func resourcesOf(pod *corev1.Pod) []string {
	var out []string
	for _, c := range slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers) {
		out = append(out, fmt.Sprintf("%s: %v, limits %v", c.Name, quantities(c.Resources.Requests), quantities(c.Resources.Limits)))
	}
	return out
}

// checkLimits checks that every request is within its limit, where there is one, and that the
// limits of the only container of a pod equal its requests.
func checkLimits(t *testing.T, pod *corev1.Pod) {
	t.Helper()
	all := slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers)
	for _, c := range all {
		for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
			request, limit := c.Resources.Requests[name], c.Resources.Limits[name]
			if _, ok := c.Resources.Limits[name]; ok && request.Cmp(limit) > 0 || len(all) == 1 && request.Cmp(limit) != 0 {
				t.Errorf("%s/%s: %s requested, limit %s of %s in %v", pod.Name, c.Name, &request, &limit, name, resourcesOf(pod))
			}
		}
	}
}

// checkSize checks that Fargate provisions the same for a pod as for what was asked for.
func checkSize(t *testing.T, asked, got *corev1.PodSpec) {
	t.Helper()
	want, ok := sizing.For(sizing.Requested(asked))
	size, fits := sizing.For(sizing.Requested(got))
	if !ok || !fits || size != want {
		t.Errorf("asked for %s (%t), got %s (%t): %v", want, ok, size, fits, resourcesOf(&corev1.Pod{Spec: *got}))
	}
}
