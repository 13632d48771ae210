package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/profiles"
	"fargate-webhook/test/cluster"
)

// pendingDeadline is longer than the time that a new profile gets before anything is done about the
// pods that were there before it.
const pendingDeadline = 90 * time.Second

// profilesFile writes a file of profiles: that which the start of a webhook is awaited by, and
// those given, by name and namespace.
func profilesFile(t *testing.T, file string, namespaces map[string]string) {
	t.Helper()
	text := "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {name: e2e, region: eu-west-1}\nfargateProfiles:\n" +
		"  - {name: apps, selectors: [{namespace: apps, labels: {run: on-fargate}}]}\n"
	for name, namespace := range namespaces {
		text += fmt.Sprintf("  - {name: %s, selectors: [{namespace: %q, labels: {run: on-fargate}}]}\n", name, namespace)
	}
	// A file that is being written is not to be read.
	if err := os.WriteFile(file+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		t.Fatal(err)
	}
}

// awaitEvent waits for an event about a pod and returns its text.
func awaitEvent(t *testing.T, c *cluster.Cluster, pod *corev1.Pod, reason string) string {
	t.Helper()
	text := ""
	err := cluster.Await(t.Context(), pendingDeadline, fmt.Sprintf("pod %s has an event %s", pod.Name, reason), func(ctx context.Context) error {
		events, err := c.Clientset().CoreV1().Events(pod.Namespace).List(ctx, metav1.ListOptions{FieldSelector: "involvedObject.uid=" + string(pod.UID)})
		if err != nil {
			return err
		}
		var reasons []string
		for i := range events.Items {
			if events.Items[i].Reason == reason {
				text = events.Items[i].Message
				return nil
			}
			reasons = append(reasons, events.Items[i].Reason)
		}
		return fmt.Errorf("it has %q", reasons)
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestPendingPods: pods hang Pending, since nothing here schedules them, and then there is a
// profile that would take them. They are told of; where the policy says so, those of a controller
// are evicted, and what comes after them is claimed.
func TestPendingPods(t *testing.T) {
	c := shared.start(t)
	dir := t.TempDir()
	config, file := filepath.Join(dir, "policy.yaml"), filepath.Join(dir, "profiles.yaml")
	const policy = "apiVersion: fargate-webhook/v1alpha1\nkind: Policy\nnamespaces: [{match: 'late-again-*', pendingPods: Recreate}]\n"
	if err := os.WriteFile(config, []byte(policy), 0o600); err != nil {
		t.Fatal(err)
	}
	profilesFile(t, file, nil)
	mustKubectl(t, c, "", "apply", "--server-side", "-f", "../../deploy/optional/recreate-pods.yaml")
	t.Cleanup(func() {
		if _, err := c.Kubectl(context.WithoutCancel(t.Context()), "", "delete", "-f", "../../deploy/optional/recreate-pods.yaml"); err != nil {
			t.Error(err)
		}
	})
	again, told := newNamespace(t, c, "late-again-", map[string]string{"eks": "true"}), newNamespace(t, c, "late-told-", nil)
	withOwnWebhook(t, []string{"--profiles=" + file, "--refresh-interval=1s", "--shutdown-delay=0s", "--config=" + config}, nil)
	late := profiles.NewIndex([]profiles.Profile{{Name: "late", Status: profiles.StatusActive, Selectors: []profiles.Selector{
		{Namespace: "late-*", Labels: map[string]string{"run": "on-fargate"}},
	}}})
	mutator{
		name: eksName, label: "eks", failurePolicy: admissionregistrationv1.Ignore,
		patch: func(pod *corev1.Pod, namespace string) []map[string]any { return claim(pod, namespace, late) },
	}.run(t, c)

	const workload = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: c}]}
---
# All of its pods are needed, and none is there.
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}
---
apiVersion: v1
kind: Pod
metadata: {name: bare}
spec: {containers: [{name: c, image: c}]}
`
	apply(t, c, again, workload)
	apply(t, c, told, workload)
	old, kept := awaitPods(t, c, again, "app=web", 1)[0], awaitPods(t, c, told, "app=web", 1)[0]
	bare := getPod(t, c, again, "bare")
	profilesFile(t, file, map[string]string{"late": "late-*"})

	if text := awaitEvent(t, c, &kept, "FargateProfileMatchesNow"); !strings.Contains(text, `this pod is older than profile "late"`) ||
		!strings.Contains(text, `ReplicaSet "web-`) || !strings.Contains(text, "run=on-fargate") {
		t.Error(text)
	}
	awaitEvent(t, c, bare, "FargateProfileMatchesNow")
	awaitEvent(t, c, &old, "EvictedForFargate")
	err := cluster.Await(t.Context(), pendingDeadline, "a pod that EKS claims has come after the one that was evicted", func(ctx context.Context) error {
		pods, err := c.Clientset().CoreV1().Pods(again).List(ctx, metav1.ListOptions{LabelSelector: "app=web"})
		if err != nil {
			return err
		}
		if len(pods.Items) != 1 || pods.Items[0].UID == old.UID {
			return fmt.Errorf("there are %d", len(pods.Items))
		}
		if pod := &pods.Items[0]; !claimed(pod) || pod.Labels["run"] != "on-fargate" {
			return cluster.Stop(fmt.Errorf("it has the labels %v and scheduler %s", pod.Labels, pod.Spec.SchedulerName))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if still := getPod(t, c, again, "bare"); still.UID != bare.UID || still.DeletionTimestamp != nil {
		t.Error("the bare pod was evicted")
	}
	if still := getPod(t, c, told, kept.Name); still.UID != kept.UID || still.DeletionTimestamp != nil {
		t.Error("a pod was evicted where they are only told of")
	}
}
