package e2e

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestBypassUpdates: what is fine may not become wrong, whatever kind of patch does it.
func TestBypassUpdates(t *testing.T) {
	c, _ := withWebhookForSubtests(t)
	nodePort := strings.Replace(manifest(t, "refused/service.yaml"), "name: web", "name: cluster-ip", 1)
	for name, args := range map[string][]string{
		"JSON patch":        {"patch", "service", "cluster-ip", "--type=json", "-p", `[{"op": "replace", "path": "/spec/type", "value": "NodePort"}]`},
		"strategic patch":   {"patch", "service", "cluster-ip", "--type=strategic", "-p", `{"spec": {"type": "NodePort"}}`},
		"server-side apply": {"apply", "--server-side", "--force-conflicts", "-f", "-"},
		"client-side apply": {"apply", "-f", "-"},
		"replace":           {"replace", "-f", "-"},
		"replace --force":   {"replace", "--force", "-f", "-"},
	} {
		t.Run(name, func(t *testing.T) {
			inParallel(t)
			namespace := newNamespace(t, c, "fargate-", nil)
			apply(t, c, namespace, manifest(t, "untouched/service-clusterip.yaml"))
			mustRefuse(t, kubectl(t, c, nodePort, append([]string{"-n", namespace}, args...)...), "node-port:")
		})
	}
	t.Run("PUT of what is not there", func(t *testing.T) {
		inParallel(t)
		namespace := newNamespace(t, c, "fargate-", nil)
		put := strings.Replace(`{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "NAMESPACE"},
  "spec": {"type": "ClusterIP", "selector": {"app": "web"}, "ports": [{"port": 80}]}}`, "NAMESPACE", namespace, 1)
		path := "/api/v1/namespaces/" + namespace + "/services/web"
		mustRefuse(t, kubectl(t, c, strings.Replace(put, "ClusterIP", "NodePort", 1), "replace", "--raw", path, "-f", "-"), "node-port:")
		mustKubectl(t, c, put, "replace", "--raw", path, "-f", "-") // it does create
	})
	t.Run("DaemonSet, opt-out taken back", func(t *testing.T) {
		inParallel(t)
		namespace := newNamespace(t, c, "all-", nil)
		apply(t, c, namespace, manifest(t, "untouched/daemonset-opted-out.yaml"))
		mustRefuse(t, kubectl(t, c, "", "-n", namespace, "annotate", "daemonset", "opted-out", "eks.amazonaws.com/compute-type-"), "daemonset:")
	})
}

// TestBypassLater changes pods after they were admitted.
func TestBypassLater(t *testing.T) {
	c, webhook := withWebhookForSubtests(t)
	t.Run("resized beyond its size", func(t *testing.T) {
		inParallel(t)
		namespace := newNamespace(t, c, "fargate-", nil)
		runningPod(t, c, namespace, podOf("door", container("app", list("250m", "256Mi"), nil)))
		resize := func(cpu string) []string {
			return []string{"-n", namespace, "patch", "pod", "door", "--subresource=resize", "-p",
				strings.ReplaceAll(`{"spec":{"containers":[{"name":"app","resources":{"requests":{"cpu":"CPU"},"limits":{"cpu":"CPU"}}}]}}`, "CPU", cpu)}
		}
		if result := kubectl(t, c, "", resize("200m")...); result.Code != 0 || result.Stderr != "" {
			t.Errorf("within it: exit code %d: %s", result.Code, result.Stderr)
		}
		if result := kubectl(t, c, "", resize("2")...); result.Code != 0 || strings.Count(result.Stderr, "Warning: resize:") != 1 {
			t.Errorf("beyond it: exit code %d, want a warning: %s", result.Code, result.Stderr)
		}
	})
	// EKS claims pods when they are created, so that it comes too late for both (S23).
	t.Run("labelled", func(t *testing.T) {
		inParallel(t)
		namespace := newNamespace(t, c, "fargate-", nil)
		apply(t, c, namespace, doorPod("labels: {run: elsewhere}", "", "securityContext: {privileged: true}"))
		before := getPod(t, c, namespace, "door")
		result := kubectl(t, c, "", "-n", namespace, "label", "pod", "door", "--overwrite", "run=on-fargate")
		if result.Code != 0 || result.Stderr != "" {
			t.Fatalf("exit code %d: %s", result.Code, result.Stderr)
		}
		after := getPod(t, c, namespace, "door")
		if after.Labels["run"] != "on-fargate" || len(after.Labels) != 1 || len(after.Annotations) != len(before.Annotations) || len(after.Spec.Containers[0].Resources.Requests) > 0 {
			t.Errorf("labels %v, annotations %v, requests %v", after.Labels, after.Annotations, after.Spec.Containers[0].Resources.Requests)
		}
	})
	t.Run("sent elsewhere before its gate opens", func(t *testing.T) {
		inParallel(t)
		namespace := newNamespace(t, c, "fargate-", nil)
		apply(t, c, namespace, doorPod("", "schedulingGates: [{name: example.com/gate}],", ""))
		patch := []string{"-n", namespace, "patch", "pod", "door", "-p"}
		mustRefuse(t, kubectl(t, c, "", append(patch, `{"spec": {"nodeSelector": {"kubernetes.io/arch": "arm64"}}}`)...),
			"- node-selection: spec.nodeSelector must match a Fargate node, and none has the label kubernetes.io/arch=arm64", "It runs on Fargate already")
		checkRefusedFor(t, webhook, namespace, "node-selection")
		mustKubectl(t, c, "", append(patch, `{"spec": {"nodeSelector": {"kubernetes.io/arch": "amd64"}}}`)...)
		mustKubectl(t, c, "", append(patch, `{"spec": {"schedulingGates": null}}`)...)
	})
}

// spoil is what a webhook that runs after ours does with a pod, by the pod's name.
func spoil(pod *corev1.Pod, _ string) []map[string]any {
	const container = "/spec/containers/0/"
	switch pod.Name {
	case "unlabelled":
		if _, ok := pod.Labels["run"]; ok {
			return []map[string]any{{"op": "remove", "path": "/metadata/labels/run"}}
		}
		return nil
	case "privileged":
		return []map[string]any{{"op": "add", "path": container + "securityContext", "value": map[string]any{"privileged": true}}}
	case "host-port":
		return []map[string]any{{"op": "add", "path": container + "ports", "value": []any{map[string]any{"containerPort": 80, "hostPort": 80}}}}
	}
	return []map[string]any{{"op": "add", "path": "/metadata/annotations/spoilt", "value": "true"}}
}

// TestBypassMutators: of what a webhook does to a pod after ours, what Fargate can't run is seen in
// the validating phase (S21).
func TestBypassMutators(t *testing.T) {
	c, webhook := withWebhook(t)
	bare := func(name string) string { return strings.Replace(doorPod("", "", ""), "name: door", "name: "+name, 1) }
	probe := probePod()
	metav1.SetMetaDataAnnotation(&probe.ObjectMeta, "asked", "true")
	for name, again := range map[string]bool{"spoil-once": false, "spoil-again": true} {
		mutator{name: name, label: name, failurePolicy: "Fail", again: again, patch: spoil}.run(t, c)
		labels := map[string]string{name: "true"}
		awaitMutator(t, c, newNamespace(t, c, "fargate-", labels), name, probe, func(pod *corev1.Pod) bool { return pod.Annotations["spoilt"] != "" })
		for pod, rule := range map[string]string{"unlabelled": "labels-missing", "privileged": "privileged", "host-port": "host-port"} {
			namespace := newNamespace(t, c, "fargate-", labels)
			result := kubectl(t, c, bare(pod), "-n", namespace, "create", "-f", "-")
			if pod == "unlabelled" && !again {
				// We are asked again and put it back. One that insists has the last word.
				if result.Code != 0 || getPod(t, c, namespace, pod).Labels["run"] != "on-fargate" {
					t.Errorf("%s, %s: exit code %d: %s", name, pod, result.Code, result.Stderr)
				}
				continue
			}
			mustRefuse(t, result, "pods.validate.fargate-webhook", "- "+rule+": ")
			checkRefusedFor(t, webhook, namespace, rule)
		}
	}
}
