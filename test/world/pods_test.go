package world

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/test/cluster"
	"fargate-webhook/test/eks"
)

// exempt is the label of namespaces that the webhook leaves alone.
const exempt = "fargate-webhook/exempt"

// profileLabel is the label of pods that EKS has claimed.
const profileLabel = "eks.amazonaws.com/fargate-profile"

// kubectl runs kubectl, which must succeed, and returns what it printed.
func (f *fixture) kubectl(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	result, err := f.cluster.Kubectl(t.Context(), stdin, args...)
	if err != nil || result.Code != 0 {
		t.Fatalf("kubectl %s: exit code %d, %v\n%s", strings.Join(args, " "), result.Code, err, result.Stderr)
	}
	return result.Stdout
}

// apply applies a manifest, which must succeed.
func (f *fixture) apply(t *testing.T, namespace, text string) {
	t.Helper()
	f.kubectl(t, text, "apply", "-n", namespace, "-f", "-")
}

// namespace creates a namespace whose name begins with prefix.
func (f *fixture) namespace(t *testing.T, prefix string, labels map[string]string) string {
	t.Helper()
	made, err := f.cluster.Clientset().CoreV1().Namespaces().Create(t.Context(),
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: prefix + "-", Labels: labels}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.cluster.AwaitNamespace(t.Context(), made.Name); err != nil {
		t.Fatal(err)
	}
	return made.Name
}

// profile creates a profile of a namespace that requires the label run: on-fargate.
func (f *fixture) profile(t *testing.T, name, namespace string) {
	t.Helper()
	profile := eks.Profile{Name: name, Selectors: []eks.Selector{{Namespace: namespace, Labels: map[string]string{"run": "on-fargate"}}}}
	if err := f.eks.CreateProfile(t.Context(), profile); err != nil {
		t.Fatal(err)
	}
}

// selected returns a namespace with a profile, in which the webhook works.
func (f *fixture) selected(t *testing.T, prefix string) string {
	t.Helper()
	namespace := f.namespace(t, prefix, nil)
	f.profile(t, namespace, namespace)
	f.awaitWebhook(t, namespace)
	return namespace
}

// pair returns two namespaces with a profile each. The webhook works in the first, and leaves the
// second alone.
func (f *fixture) pair(t *testing.T, prefix string) (with, without string) {
	t.Helper()
	with, without = f.namespace(t, prefix, nil), f.namespace(t, prefix+"-exempt", map[string]string{exempt: "true"})
	f.profile(t, with, with)
	f.profile(t, without, without)
	f.awaitWebhook(t, with)
	return with, without
}

// probe is a pod that no label of a profile is on.
func probe() *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "is-it-called-"},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "c"}}},
	}
}

// awaitWebhook waits until the webhook adds the label of a namespace's profile, and EKS claims the
// pod then.
func (f *fixture) awaitWebhook(t *testing.T, namespace string) {
	t.Helper()
	f.await(t, "pods in "+namespace+" are claimed", func(ctx context.Context) error {
		pod, err := f.cluster.Clientset().CoreV1().Pods(namespace).Create(ctx, probe(), metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		if err == nil && pod.Labels[profileLabel] == "" {
			err = fmt.Errorf("a pod got the labels %v", pod.Labels)
		}
		return err
	})
}

// await waits until a condition holds.
func (f *fixture) await(t *testing.T, what string, condition func(context.Context) error) {
	t.Helper()
	if err := cluster.Await(t.Context(), deadline, what, func(ctx context.Context) error {
		if err := errors.Join(f.cluster.Running(), f.webhook.Running()); err != nil {
			return cluster.Stop(err)
		}
		return condition(ctx)
	}); err != nil {
		t.Fatal(err)
	}
}

// pods waits until the pods of a selector are n and all are as wanted, and returns them by name.
func (f *fixture) pods(t *testing.T, namespace, selector string, n int, wanted func(*corev1.Pod) error) []corev1.Pod {
	t.Helper()
	var pods []corev1.Pod
	f.await(t, fmt.Sprintf("%d pods %s in %s", n, selector, namespace), func(ctx context.Context) error {
		list, err := f.cluster.Clientset().CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
		if err != nil {
			return err
		}
		if pods = list.Items; len(pods) != n {
			return fmt.Errorf("there are %d", len(pods))
		}
		for i := range pods {
			if err := wanted(&pods[i]); err != nil {
				return fmt.Errorf("pod %s: %w", pods[i].Name, err)
			}
		}
		return nil
	})
	slices.SortFunc(pods, func(a, b corev1.Pod) int { return strings.Compare(a.Name, b.Name) })
	return pods
}

// somePod returns a condition that holds once one pod of a selector is as wanted.
func (f *fixture) somePod(namespace, selector string, wanted func(*corev1.Pod) error) func(context.Context) error {
	return func(ctx context.Context) error {
		list, err := f.cluster.Clientset().CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
		if err != nil {
			return err
		}
		failures := []error{errors.New("no pod is so")}
		for i := range list.Items {
			if err = wanted(&list.Items[i]); err == nil {
				return nil
			}
			failures = append(failures, err)
		}
		return errors.Join(failures...)
	}
}

// onFargate is nil for a pod that is ready on its own Fargate node.
func onFargate(pod *corev1.Pod) error {
	switch {
	case pod.DeletionTimestamp != nil:
		return errors.New("is being deleted")
	case !strings.HasPrefix(pod.Spec.NodeName, "fargate-ip-"):
		return fmt.Errorf("is on node %q", pod.Spec.NodeName)
	case !condition(pod, corev1.PodReady, corev1.ConditionTrue):
		return fmt.Errorf("is %s: %+v", pod.Status.Phase, pod.Status.ContainerStatuses)
	}
	return nil
}

// hangs is nil for a pod that a scheduler has looked at and left.
func hangs(pod *corev1.Pod) error {
	if pod.Spec.NodeName != "" || !condition(pod, corev1.PodScheduled, corev1.ConditionFalse) {
		return fmt.Errorf("is on node %q: %+v", pod.Spec.NodeName, pod.Status.Conditions)
	}
	return nil
}

func condition(pod *corev1.Pod, kind corev1.PodConditionType, status corev1.ConditionStatus) bool {
	return slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool { return c.Type == kind && c.Status == status })
}

// event waits for an event about a pod with a reason and a text in its message.
func (f *fixture) event(t *testing.T, pod *corev1.Pod, reason, text string) corev1.Event {
	t.Helper()
	var found corev1.Event
	f.await(t, fmt.Sprintf("pod %s has an event %s with %q", pod.Name, reason, text), func(ctx context.Context) error {
		events, err := f.cluster.Clientset().CoreV1().Events(pod.Namespace).List(ctx, metav1.ListOptions{FieldSelector: "involvedObject.uid=" + string(pod.UID)})
		if err != nil {
			return err
		}
		var others []string
		for i := range events.Items {
			if e := &events.Items[i]; e.Reason == reason && strings.Contains(e.Message, text) {
				found = *e
				return nil
			}
			others = append(others, events.Items[i].Reason+": "+events.Items[i].Message)
		}
		return fmt.Errorf("it has %q", others)
	})
	return found
}

// deployment is a Deployment web without the label of a profile.
const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: example.com/web:1, resources: {requests: {cpu: 200m, memory: 300Mi}}}]}
`
