package world

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// onEC2 is nil for a pod that is ready on an EC2 node.
func onEC2(pod *corev1.Pod) error {
	if !strings.HasPrefix(pod.Spec.NodeName, "ip-") || !condition(pod, corev1.PodReady, corev1.ConditionTrue) {
		return fmt.Errorf("is %s on node %q", pod.Status.Phase, pod.Spec.NodeName)
	}
	return nil
}

// TestOptedOut: a pod with the annotation runs on EC2 although a profile selects it, and has things
// that Fargate doesn't run (F1.17).
func TestOptedOut(t *testing.T) {
	f := world(t)
	namespace := f.selected(t, "mixed")
	f.apply(t, namespace, `
apiVersion: v1
kind: Pod
metadata: {name: agent, labels: {run: on-fargate}, annotations: {eks.amazonaws.com/compute-type: ec2}}
spec: {containers: [{name: c, image: c, securityContext: {privileged: true}}], tolerations: [{key: only, operator: Exists}]}
`)
	pod := f.pods(t, namespace, "run=on-fargate", 1, onEC2)[0]
	if _, claimed := pod.Labels[profileLabel]; claimed || pod.Annotations["CapacityProvisioned"] != "" {
		t.Errorf("labels %v, annotations %v", pod.Labels, pod.Annotations)
	}
}

// TestDaemonSet: one that tolerates everything has a pod that hangs on each Fargate node (F5.4).
// With the webhook it is refused, or kept to the EC2 nodes where the policy says so.
func TestDaemonSet(t *testing.T) {
	f := world(t)
	const daemonSet = `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {set: agent}}
  template:
    metadata: {labels: {set: agent, run: on-fargate}}
    spec: {containers: [{name: c, image: c}], tolerations: [{operator: Exists}]}
`
	with, without := f.pair(t, "daemonset")
	steered := f.selected(t, "steered")
	f.apply(t, with, deployment) // there are two Fargate nodes at least
	f.pods(t, with, "app=web", 2, onFargate)

	f.apply(t, without, daemonSet)
	f.await(t, "pods of the DaemonSet hang on Fargate nodes", f.somePod(without, "set=agent", func(pod *corev1.Pod) error {
		for _, c := range pod.Status.Conditions {
			if strings.Contains(c.Message, "1 Too many pods") {
				return nil
			}
		}
		return errors.New("has a place")
	}))
	f.kubectl(t, "", "-n", without, "delete", "daemonset", "agent")

	result, err := f.cluster.Kubectl(t.Context(), daemonSet, "apply", "-n", with, "-f", "-")
	if err != nil || result.Code != 1 || !strings.Contains(result.Stderr, "\n- daemonset: ") {
		t.Errorf("exit code %d, %v\n%s", result.Code, err, result.Stderr)
	}

	f.apply(t, steered, daemonSet)
	f.pods(t, steered, "set=agent", 1, onEC2)
	f.kubectl(t, "", "-n", steered, "rollout", "status", "daemonset/agent", "--timeout=60s")
}
