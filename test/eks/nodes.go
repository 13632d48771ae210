package eks

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// addEC2Nodes adds the nodes that pods share.
func (w *World) addEC2Nodes(ctx context.Context) error {
	for i := range w.options.EC2Nodes {
		zone := w.options.Region + zones[i%len(zones)]
		node := ec2Node(w.addresses.next(), w.options.Region, zone, w.version)
		if w.options.EC2Taint != nil {
			node.Spec.Taints = []corev1.Taint{*w.options.EC2Taint}
		}
		if err := w.createNode(ctx, node); err != nil {
			return err
		}
	}
	return nil
}

// createNode creates a node and removes the taint not-ready, which the API server gives each new
// node; where nodes have a controller that one removes it.
func (w *World) createNode(ctx context.Context, node *corev1.Node) error {
	created, err := w.client.CoreV1().Nodes().Create(ctx, node, metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("create node %s: %w", node.Name, err)
	}
	created.Spec.Taints = node.Spec.Taints
	if _, err = w.client.CoreV1().Nodes().Update(ctx, created, metav1.UpdateOptions{}); err != nil {
		return fmt.Errorf("remove the first taint of node %s: %w", node.Name, err)
	}
	return nil
}

// removeNode removes a Fargate node whose pod is gone.
func (w *World) removeNode(ctx context.Context, name string) (time.Duration, error) {
	node, err := w.nodes.Get(name)
	if err != nil || !isOurs(node) || !isFargate(node) || len(w.podsOn(name)) > 0 {
		return 0, nil //nolint:nilerr // it is gone already
	}
	return 0, w.deleteNode(ctx, name)
}

func (w *World) deleteNode(ctx context.Context, name string) error {
	err := w.client.CoreV1().Nodes().Delete(ctx, name, metav1.DeleteOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// retryShared has default-scheduler look again at the pods that it has no node for.
func (w *World) retryShared() {
	pods, err := w.pods.List(labels.Everything())
	if err != nil {
		return
	}
	for _, pod := range pods {
		if pod.Spec.NodeName == "" && pod.Spec.SchedulerName == corev1.DefaultSchedulerName {
			w.onShared.add(pod.Namespace + "/" + pod.Name)
		}
	}
}

// scheduleOnShared is default-scheduler, with the little of it that is needed here: node selection,
// taints and the number of pods.
func (w *World) scheduleOnShared(ctx context.Context, key string) (time.Duration, error) {
	pod, state := w.waiting(key, corev1.DefaultSchedulerName)
	if pod == nil {
		return 0, nil
	}
	nodes, err := w.nodes.List(labels.Everything())
	if err != nil {
		return 0, err
	}
	slices.SortFunc(nodes, func(a, b *corev1.Node) int { return strings.Compare(a.Name, b.Name) })
	var best *corev1.Node
	fewest, reasons := 0, map[string]int{}
	for _, node := range nodes {
		count := len(w.podsOn(node.Name))
		if reason := unfit(pod, node, count); reason != "" {
			reasons[reason]++
		} else if best == nil || count < fewest {
			best, fewest = node, count
		}
	}
	if best != nil {
		return 0, w.bind(ctx, pod, best.Name, corev1.DefaultSchedulerName)
	}
	message := unfitMessage(len(nodes), reasons)
	if sameReasons(state.message, message) {
		return 0, nil
	}
	if err := w.unschedulable(ctx, pod, corev1.PodReasonUnschedulable, message); err != nil {
		return 0, err
	}
	state.message = message
	return 0, w.event(ctx, pod, corev1.DefaultSchedulerName, corev1.EventTypeWarning, "FailedScheduling", message)
}

// unfit returns why a node that runs count pods doesn't take another one, in the words of
// kube-scheduler, or "".
func unfit(pod *corev1.Pod, node *corev1.Node, count int) string {
	if node.Spec.Unschedulable {
		return "node(s) were unschedulable"
	}
	for _, taint := range node.Spec.Taints {
		if taint.Effect != corev1.TaintEffectPreferNoSchedule && !tolerates(pod, taint) {
			return fmt.Sprintf("node(s) had untolerated taint {%s: %s}", taint.Key, taint.Value)
		}
	}
	if !fits(pod, node) {
		return "node(s) didn't match Pod's node affinity/selector"
	}
	if isFargate(node) || int64(count) >= node.Status.Allocatable.Pods().Value() { // a Fargate node's one place is taken (F5.4)
		return "Too many pods"
	}
	return ""
}

// tolerates reports whether a pod tolerates a taint.
func tolerates(pod *corev1.Pod, taint corev1.Taint) bool {
	return slices.ContainsFunc(pod.Spec.Tolerations, func(t corev1.Toleration) bool {
		return (t.Effect == "" || t.Effect == taint.Effect) && (t.Key == taint.Key || t.Key == "" && t.Operator == corev1.TolerationOpExists) &&
			(t.Operator == corev1.TolerationOpExists || t.Value == taint.Value)
	})
}

// unfitMessage puts the reasons of all nodes together, as kube-scheduler does.
func unfitMessage(nodes int, reasons map[string]int) string {
	if nodes == 0 {
		return "no nodes available to schedule pods"
	}
	parts := make([]string, 0, len(reasons))
	for reason, count := range reasons {
		parts = append(parts, fmt.Sprintf("%d %s", count, reason))
	}
	slices.Sort(parts)
	return fmt.Sprintf("0/%d nodes are available: %s.", nodes, strings.Join(parts, ", "))
}

// sameReasons reports whether two messages differ in numbers only: the event isn't repeated for
// each Fargate node that comes or goes.
func sameReasons(a, b string) bool {
	without := func(text string) string {
		return strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return -1
			}
			return r
		}, text)
	}
	return without(a) == without(b)
}
