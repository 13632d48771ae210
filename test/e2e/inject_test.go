package e2e

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/test/cluster"
)

// injector puts containers into every pod.
type injector struct {
	name             string
	init, containers []corev1.Container
	first            bool // before those that are there, else after them
}

// inject does it.
func (i injector) inject(pod *corev1.Pod) {
	put := func(there, add []corev1.Container) []corev1.Container {
		if i.first {
			return slices.Concat(add, there)
		}
		return slices.Concat(there, add)
	}
	pod.Spec.InitContainers = put(pod.Spec.InitContainers, i.init)
	pod.Spec.Containers = put(pod.Spec.Containers, i.containers)
}

// patch is the patch that does it.
func (i injector) patch(pod *corev1.Pod, _ string) []map[string]any {
	i.inject(pod)
	return []map[string]any{
		{"op": "add", "path": "/spec/initContainers", "value": pod.Spec.InitContainers},
		{"op": "add", "path": "/spec/containers", "value": pod.Spec.Containers},
	}
}

// injectors do what Istio's and Datadog's do, with the resources that these have by default. Their
// names sort after ours.
func injectors() []injector {
	proxy := container("istio-proxy", list("10m", "40Mi"), list("2", "1Gi"))
	setUp := container("istio-init", list("10m", "40Mi"), list("2", "1Gi"))
	native := proxy
	native.RestartPolicy = new(corev1.ContainerRestartPolicyAlways)
	agent := container("datadog-agent-injected", list("100m", "256Mi"), nil)
	library := container("datadog-lib-java-init", nil, nil)
	nativeAgent := agent
	nativeAgent.RestartPolicy = native.RestartPolicy
	return []injector{
		{name: "istio-sidecar-injector", init: []corev1.Container{setUp}, containers: []corev1.Container{proxy}},
		{name: "istio-sidecar-injector-first", containers: []corev1.Container{proxy}, first: true},
		{name: "istio-sidecar-injector-native", init: []corev1.Container{setUp, native}, first: true},
		{name: "datadog-webhook", init: []corev1.Container{library}, containers: []corev1.Container{agent}},
		{name: "datadog-webhook-native", init: []corev1.Container{library, nativeAgent}, first: true},
	}
}

// injectedPods are pods that ask for their resources in several ways.
func injectedPods() []*corev1.Pod {
	withInit := podOf("with-init", container("app", list("200m", "300Mi"), nil), container("logs", nil, nil))
	withInit.Spec.InitContainers = []corev1.Container{container("migrate", list("500m", "100Mi"), list("1", "2Gi")), container("check", nil, nil)}
	return []*corev1.Pod{
		podOf("nothing-stated", container("app", nil, nil)),
		podOf("requests", container("app", list("100m", "128Mi"), nil), container("logs", list("50m", ""), nil)),
		podOf("limits-above", container("app", list("250m", "256Mi"), list("500m", "1Gi")), container("logs", nil, list("", "100Mi"))),
		podOf("guaranteed", container("app", list("250m", "256Mi"), list("250m", "256Mi"))),
		podOf("at-the-border", container("app", list("240m", "216Mi"), nil)),
		withInit,
	}
}

// TestInjectedAfterUs: a sidecar that is injected after us gives the very same pod as one that was
// there from the start, which is as large as EKS would have provisioned it without us.
func TestInjectedAfterUs(t *testing.T) {
	c, _ := withWebhook(t)
	there := newNamespace(t, c, "fargate-", nil)
	for _, i := range injectors() {
		t.Run(i.name, func(t *testing.T) {
			injected := newNamespace(t, c, "fargate-", map[string]string{i.name: "true"})
			mutator{name: i.name, label: i.name, failurePolicy: admissionregistrationv1.Fail, patch: i.patch}.run(t, c)
			awaitMutator(t, c, injected, i.name, probePod(), func(pod *corev1.Pod) bool { return len(pod.Spec.Containers)+len(pod.Spec.InitContainers) > 1 })
			for _, pod := range injectedPods() {
				checkInjected(t, c, i, pod, injected, there)
			}
		})
	}
}

// checkInjected creates a pod where the injector is, and with what it injects where it is not.
func checkInjected(t *testing.T, c *cluster.Cluster, i injector, pod *corev1.Pod, injected, there string) {
	t.Helper()
	got := createPod(t, c, injected, pod)
	whole := pod.DeepCopy()
	i.inject(whole)
	whole.Name = i.name + "-" + pod.Name
	want := createPod(t, c, there, whole)
	if diff := cmp.Diff(resourcesOf(want), resourcesOf(got)); diff != "" {
		t.Errorf("%s: there from the start (-), injected (+):\n%s", pod.Name, diff)
	}
	checkLimits(t, got)
	checkSize(t, &whole.Spec, &got.Spec)
}
