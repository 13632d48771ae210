package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/test/cluster"
)

// adopting is a ReplicaSet or ReplicationController that takes each pod of the app on Fargate for
// its own.
func adopting(kind string, replicas int) string {
	version, selector := "v1", "{app: web, run: on-fargate}"
	if kind == "ReplicaSet" {
		version, selector = "apps/v1", "{matchLabels: {app: web, run: on-fargate}}"
	}
	return fmt.Sprintf(`{apiVersion: %s, kind: %s, metadata: {name: web}, spec: {replicas: %d, selector: %s,
		template: {metadata: {labels: {app: web, run: on-fargate}}, spec: {containers: [{name: c, image: c}]}}}}`, version, kind, replicas, selector)
}

// lone is a pod of nobody's.
func lone(app string) string {
	return fmt.Sprintf("{apiVersion: v1, kind: Pod, metadata: {name: lone, labels: {app: %s}}, spec: {containers: [{name: c, image: c}]}}", app)
}

// checkLetBe has the ReplicaSet web look at all pods once more, and wants the pod lone to be
// nobody's and there for all that.
func checkLetBe(t *testing.T, c *cluster.Cluster, namespace, kind string, replicas int) *corev1.Pod {
	t.Helper()
	mustKubectl(t, c, "", "-n", namespace, "scale", kind, "web", fmt.Sprintf("--replicas=%d", replicas))
	awaitPods(t, c, namespace, "app=web,run=on-fargate", replicas)
	pod := getPod(t, c, namespace, "lone")
	if len(pod.OwnerReferences) > 0 || pod.DeletionTimestamp != nil {
		t.Errorf("the pod is owned by %v, deleted at %v", pod.OwnerReferences, pod.DeletionTimestamp)
	}
	return pod
}

// joinsAllowed is a policy under which labels are added although others will select the pod by
// them.
const joinsAllowed = policyHead + "labelJoins: Allow\n"

// TestAdoptionRefused: under labelJoins: Allow a pod that a controller would adopt with our label
// is refused, and left alone once the remedy is followed (S24).
func TestAdoptionRefused(t *testing.T) {
	c, webhook := withPolicy(t, joinsAllowed)
	for _, kind := range []string{"ReplicaSet", "ReplicationController"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			namespace := newNamespace(t, c, "fargate-", nil)
			apply(t, c, namespace, adopting(kind, 1))
			awaitPods(t, c, namespace, "app=web", 1)
			awaitAnswer(t, c, namespace, lone("web"), "label-adopted: ")
			mustRefuse(t, kubectl(t, c, lone("web"), "apply", "-n", namespace, "-f", "-"),
				fmt.Sprintf(`label-adopted: %s "web" would adopt the pod, and may delete it, once it has the labels {run: "on-fargate"} of Fargate profile "each-test"`, kind),
				fmt.Sprintf(`change a label that the pod shares with %s "web": {app: "web"}; or add {run: "on-fargate"} yourself`, kind), optOut)
			line := awaitAudit(t, webhook, namespace, 1)[0]
			if len(line.Findings) != 1 || line.Findings[0].Rule != "label-adopted" || line.Findings[0].Field != "metadata.labels" {
				t.Errorf("the audit line is %+v", line)
			}

			apply(t, c, namespace, lone("web-alone"))
			if pod := checkLetBe(t, c, namespace, strings.ToLower(kind), 2); pod.Labels["run"] != "on-fargate" {
				t.Errorf("the labels are %v", pod.Labels)
			}
		})
	}
}

// TestSelectionPolicy: with rule label-adopted switched off the ReplicaSet takes the pod for its
// own and deletes it as one too many, which is why there is the rule. Under Warn the pod stays as it
// is, without labels. Under label-joins: Deny what would join a Service is refused.
func TestSelectionPolicy(t *testing.T) {
	c, _ := withPolicy(t, joinsAllowed+`namespaces:
  - {match: fargate-off-*, rules: {label-adopted: Off}}
  - {match: fargate-warn-*, rules: {label-adopted: Warn}}
  - {match: fargate-joins-*, rules: {label-joins: Deny}}
`)

	off := newNamespace(t, c, "fargate-off-", nil)
	apply(t, c, off, adopting("ReplicaSet", 0))
	apply(t, c, off, lone("web"))
	err := cluster.Await(t.Context(), podsDeadline, "the ReplicaSet deletes the pod", func(ctx context.Context) error {
		_, err := c.Clientset().CoreV1().Pods(off).Get(ctx, "lone", metav1.GetOptions{})
		if !apierrors.IsNotFound(err) {
			return fmt.Errorf("it is there: %w", err)
		}
		events, err := c.Clientset().CoreV1().Events(off).List(ctx, metav1.ListOptions{})
		if err == nil && !slices.ContainsFunc(events.Items, func(e corev1.Event) bool {
			return e.InvolvedObject.Kind == "ReplicaSet" && e.Reason == "SuccessfulDelete" && e.Message == "Deleted pod: lone"
		}) {
			err = errors.New("the ReplicaSet doesn't say that it did so")
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}

	warn := newNamespace(t, c, "fargate-warn-", nil)
	apply(t, c, warn, adopting("ReplicaSet", 0))
	awaitAnswer(t, c, warn, lone("web"), "Warning: label-adopted:")
	if result := kubectl(t, c, lone("web"), "apply", "-n", warn, "-f", "-"); result.Code != 0 || strings.Count(result.Stderr, "Warning: ") != 1 {
		t.Errorf("exit code %d: %s", result.Code, result.Stderr)
	}
	pod := checkLetBe(t, c, warn, "replicaset", 1)
	if len(pod.Labels) != 1 || len(pod.Spec.Containers[0].Resources.Requests) > 0 {
		t.Errorf("labels %v, resources %v", pod.Labels, pod.Spec.Containers[0].Resources)
	}

	joins := newNamespace(t, c, "fargate-joins-", nil)
	apply(t, c, joins, selectingAll)
	const told = `label-joins: with the labels {run: "on-fargate"} added, the pod joins Service "all", PodDisruptionBudget "all"`
	awaitAnswer(t, c, joins, lone("web"), told)
	mustRefuse(t, kubectl(t, c, lone("web"), "apply", "-n", joins, "-f", "-"), told, optOut)
	apply(t, c, joins, strings.Replace(lone("web"), "app: web", "app: web, run: on-fargate", 1))
}

// selectingAll are a Service and a PodDisruptionBudget for whatever is on Fargate. There are no
// nodes here, without which only a Service that publishes pods before they are ready has endpoints.
const selectingAll = `
apiVersion: v1
kind: Service
metadata: {name: all}
spec: {selector: {run: on-fargate}, publishNotReadyAddresses: true, ports: [{port: 80}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: all}
spec: {minAvailable: 1, selector: {matchLabels: {run: on-fargate}}}
`

// TestJoinsWarned: under labelJoins: Allow a warning names what will select the pods of a workload
// once they have our label, and then it does: the Service has them as its endpoints, the
// PodDisruptionBudget counts them. With the label in the template there is no warning.
func TestJoinsWarned(t *testing.T) {
	c, _ := withPolicy(t, joinsAllowed)
	namespace := newNamespace(t, c, "fargate-", nil)
	apply(t, c, namespace, selectingAll)
	const deployment = `{apiVersion: apps/v1, kind: Deployment, metadata: {name: api}, spec: {replicas: 1, selector: {matchLabels: {app: api}},
		template: {metadata: {labels: {app: api}}, spec: {containers: [{name: c, image: c}]}}}}`
	const joins = `with the labels {run: "on-fargate"} added, the pod joins Service "all", PodDisruptionBudget "all"`
	awaitAnswer(t, c, namespace, deployment, joins)
	result := kubectl(t, c, deployment, "apply", "-n", namespace, "-f", "-")
	if want := "Warning: label-joins: " + joins; result.Code != 0 || strings.Count(result.Stderr, want) != 1 || strings.Count(result.Stderr, "Warning: ") != 1 {
		t.Fatalf("exit code %d, want the warning %s in:\n%s", result.Code, want, result.Stderr)
	}
	own := strings.Replace(deployment, "metadata: {labels: {app: api}", "metadata: {labels: {app: api, run: on-fargate}", 1)
	if result := kubectl(t, c, own, "apply", "-n", namespace, "--dry-run=server", "-f", "-"); result.Code != 0 || result.Stderr != "" {
		t.Errorf("with the label in the template: exit code %d\n%s", result.Code, result.Stderr)
	}
	// Who creates a pod is told as well, in the mutating phase.
	if result := kubectl(t, c, lone("lone"), "create", "-n", namespace, "--dry-run=server", "-f", "-"); result.Code != 0 || strings.Count(result.Stderr, "Warning: label-joins: "+joins) != 1 {
		t.Errorf("a pod: exit code %d\n%s", result.Code, result.Stderr)
	}

	pod := awaitPods(t, c, namespace, "app=api", 1)[0]
	pod.Status.PodIP, pod.Status.PodIPs = "192.0.2.1", []corev1.PodIP{{IP: "192.0.2.1"}}
	if _, err := c.Clientset().CoreV1().Pods(namespace).UpdateStatus(t.Context(), &pod, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	awaitJoined(t, c, namespace, pod.Name)
}

// awaitJoined waits until the pod is an endpoint of Service all and counted by PodDisruptionBudget
// all.
func awaitJoined(t *testing.T, c *cluster.Cluster, namespace, pod string) {
	t.Helper()
	err := cluster.Await(t.Context(), podsDeadline, "the Service and the PodDisruptionBudget have the pod", func(ctx context.Context) error {
		slices, err := c.Clientset().DiscoveryV1().EndpointSlices(namespace).List(ctx, metav1.ListOptions{LabelSelector: discoveryv1.LabelServiceName + "=all"})
		if err != nil {
			return err
		}
		var targets []string
		for i := range slices.Items {
			for _, endpoint := range slices.Items[i].Endpoints {
				targets = append(targets, endpoint.TargetRef.Name)
			}
		}
		budget, err := c.Clientset().PolicyV1().PodDisruptionBudgets(namespace).Get(ctx, "all", metav1.GetOptions{})
		if err != nil {
			return err
		}
		if len(targets) != 1 || targets[0] != pod || budget.Status.ExpectedPods != 1 {
			return fmt.Errorf("the endpoints are %v, the budget counts %d pods", targets, budget.Status.ExpectedPods)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
