package world

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// notStarted is nil for a pod on a Fargate node whose containers don't start there.
func notStarted(pod *corev1.Pod) error {
	for i := range pod.Status.ContainerStatuses {
		if waiting := pod.Status.ContainerStatuses[i].State.Waiting; waiting != nil && waiting.Reason == "RunContainerError" {
			return nil
		}
	}
	return fmt.Errorf("is %s: %+v", pod.Status.Phase, pod.Status.ContainerStatuses)
}

// TestRuns: what lacks the label of its profile runs on Fargate with the webhook, and hangs without.
func TestRuns(t *testing.T) {
	f := world(t)
	with, without := f.pair(t, "runs")
	f.apply(t, with, deployment)
	f.apply(t, without, deployment)
	f.pods(t, with, "app=web", 2, onFargate)
	pod := f.pods(t, without, "app=web", 2, hangs)[0]
	if event := f.event(t, &pod, "FailedScheduling", ""); event.Source.Component != corev1.DefaultSchedulerName {
		t.Errorf("from %s: %s; want it unclaimed", event.Source.Component, event.Message)
	}
}

// TestRollout: a Deployment under a HorizontalPodAutoscaler is scaled and rolled out. Each of its
// pods runs on Fargate with the requests that the autoscaler counts.
func TestRollout(t *testing.T) {
	f := world(t)
	namespace := f.namespace(t, "rollout", nil)
	f.profile(t, namespace, namespace)
	f.awaitWebhook(t, namespace)
	f.apply(t, namespace, `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 4
  maxReplicas: 6
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 60}}}]
`)
	f.apply(t, namespace, deployment)
	f.pods(t, namespace, "app=web", 4, onFargate)
	f.kubectl(t, "", "-n", namespace, "set", "image", "deployment/web", "c=example.com/web:2")
	f.kubectl(t, "", "-n", namespace, "rollout", "status", "deployment/web", "--timeout=120s")
	for _, pod := range f.pods(t, namespace, "app=web", 4, onFargate) {
		if image := pod.Spec.Containers[0].Image; image != "example.com/web:2" {
			t.Errorf("pod %s has the image %s", pod.Name, image)
		}
		if cpu := pod.Spec.Containers[0].Resources.Requests.Cpu().String(); cpu != "200m" {
			t.Errorf("pod %s requests %s of CPU, which the autoscaler counts; want 200m", pod.Name, cpu)
		}
	}
	f.awaitNodes(t, namespace)
}

// awaitNodes waits until all Fargate nodes whose pods are gone are gone too.
func (f *fixture) awaitNodes(t *testing.T, namespace string) {
	t.Helper()
	f.await(t, "each Fargate node has its pod", func(ctx context.Context) error {
		nodes, err := f.cluster.Clientset().CoreV1().Nodes().List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		pods, err := f.cluster.Clientset().CoreV1().Pods("").List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		for i := range pods.Items {
			pod := &pods.Items[i]
			if pod.Namespace == namespace && !slices.ContainsFunc(nodes.Items, func(n corev1.Node) bool { return n.Name == pod.Spec.NodeName }) {
				return fmt.Errorf("pod %s has no node %q", pod.Name, pod.Spec.NodeName)
			}
		}
		for i := range nodes.Items {
			if !strings.HasPrefix(nodes.Items[i].Name, "fargate-") {
				continue
			}
			if !slices.ContainsFunc(pods.Items, func(pod corev1.Pod) bool { return pod.Spec.NodeName == nodes.Items[i].Name }) {
				return fmt.Errorf("node %s has no pod", nodes.Items[i].Name)
			}
		}
		return nil
	})
}

// TestCronJob: the Job of a CronJob runs on Fargate and ends, and its node goes with it.
func TestCronJob(t *testing.T) {
	f := world(t)
	namespace := f.namespace(t, "cron", nil)
	f.profile(t, namespace, namespace)
	f.awaitWebhook(t, namespace)
	f.apply(t, namespace, `
apiVersion: batch/v1
kind: CronJob
metadata: {name: report}
spec:
  schedule: "* * * * *"
  jobTemplate:
    spec:
      completions: 2
      parallelism: 2
      template: {metadata: {labels: {app: report}}, spec: {restartPolicy: Never, containers: [{name: c, image: c}]}}
`)
	f.await(t, "the schedule has created a Job", func(ctx context.Context) error {
		jobs, err := f.cluster.Clientset().BatchV1().Jobs(namespace).List(ctx, metav1.ListOptions{})
		if err == nil && len(jobs.Items) == 0 {
			err = errors.New("there is none")
		}
		return err
	})
	f.kubectl(t, "", "-n", namespace, "patch", "cronjob", "report", "--type=merge", "-p", `{"spec":{"suspend":true}}`)
	job := strings.TrimSpace(f.kubectl(t, "", "-n", namespace, "get", "jobs", "-o", "name", "--sort-by=.metadata.creationTimestamp"))
	job, _, _ = strings.Cut(job, "\n")
	f.kubectl(t, "", "-n", namespace, "wait", job, "--for=condition=Complete", "--timeout=120s")
	ended := f.pods(t, namespace, "app=report,"+"job-name="+strings.TrimPrefix(job, "job.batch/"), 2, func(pod *corev1.Pod) error {
		if pod.Status.Phase != corev1.PodSucceeded || !strings.HasPrefix(pod.Spec.NodeName, "fargate-ip-") {
			return fmt.Errorf("is %s on %q", pod.Status.Phase, pod.Spec.NodeName)
		}
		return nil
	})
	f.kubectl(t, "", "get", "node", ended[0].Spec.NodeName) // it costs on
	f.kubectl(t, "", "-n", namespace, "delete", "cronjob", "report")
	f.pods(t, namespace, "app=report", 0, onFargate)
	f.await(t, "the node is gone", func(ctx context.Context) error {
		_, err := f.cluster.Clientset().CoreV1().Nodes().Get(ctx, ended[0].Spec.NodeName, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return nil
		}
		return errors.Join(errors.New("it is there"), err)
	})
}

// TestPatching: EKS evicts pods to patch their nodes, within the budget. What a budget doesn't let
// go is deleted at last. Either way the pods that come after them run on Fargate.
func TestPatching(t *testing.T) {
	f := world(t)
	namespace := f.namespace(t, "patching", nil)
	f.profile(t, namespace, namespace)
	f.awaitWebhook(t, namespace)
	f.apply(t, namespace, deployment)
	for _, test := range []struct {
		budget  string
		allowed string
		refused int
	}{
		{"maxUnavailable: 1", "1", 0},
		{"minAvailable: 100%", "0", 2},
	} {
		f.kubectl(t, "", "-n", namespace, "delete", "poddisruptionbudget", "web", "--ignore-not-found")
		f.apply(t, namespace, "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: web}\nspec: {"+test.budget+", selector: {matchLabels: {app: web}}}\n")
		before := f.pods(t, namespace, "app=web", 2, onFargate)
		f.kubectl(t, "", "-n", namespace, "wait", "poddisruptionbudget/web", "--for=jsonpath={.status.disruptionsAllowed}="+test.allowed, "--timeout=60s")
		f.kubectl(t, "", "-n", namespace, "wait", "poddisruptionbudget/web", "--for=jsonpath={.status.currentHealthy}=2", "--timeout=60s")
		done, err := f.eks.Patch(t.Context(), namespace, before[0].Name)
		if err != nil {
			t.Fatal(err)
		}
		if len(done.Refused) != test.refused || done.Deleted != (test.refused > 0) {
			t.Errorf("%s: %+v", test.budget, done)
		}
		f.pods(t, namespace, "app=web", 2, func(pod *corev1.Pod) error {
			if pod.UID == before[0].UID {
				return errors.New("is the old one")
			}
			return onFargate(pod)
		})
	}
}

// TestStranded: pods are older than their profile, and EKS leaves them (F1.13). The webhook reports
// them. Those of a controller it evicts where the policy says so, whatever a budget says of pods
// that all hang, and their replacements run.
func TestStranded(t *testing.T) {
	f := world(t)
	late, reported := f.namespace(t, "late", nil), f.namespace(t, "reported", nil)
	const budget = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: web}\nspec: {minAvailable: 1, selector: {matchLabels: {app: web}}}\n"
	for _, namespace := range []string{late, reported} {
		f.apply(t, namespace, deployment)
		f.apply(t, namespace, budget)
	}
	f.apply(t, late, "apiVersion: v1\nkind: Pod\nmetadata: {name: bare, labels: {kind: bare}}\nspec: {containers: [{name: c, image: c}]}\n")
	old, kept := f.pods(t, late, "app=web", 2, hangs), f.pods(t, reported, "app=web", 2, hangs)
	bare := f.pods(t, late, "kind=bare", 1, hangs)[0]
	f.profile(t, late, late)
	f.profile(t, reported, reported)
	event := f.event(t, &kept[0], "FargateProfileMatchesNow", fmt.Sprintf("this pod is older than profile %q", reported))
	for _, want := range []string{`ReplicaSet "web-`, "run=on-fargate"} {
		if !strings.Contains(event.Message, want) {
			t.Errorf("the event lacks %s: %s", want, event.Message)
		}
	}
	f.event(t, &bare, "FargateProfileMatchesNow", late)
	f.event(t, &old[0], "EvictedForFargate", late)
	for _, pod := range f.pods(t, late, "app=web", 2, onFargate) {
		if pod.Labels["run"] != "on-fargate" {
			t.Errorf("pod %s has the labels %v", pod.Name, pod.Labels)
		}
	}
	if left := f.pods(t, late, "kind=bare", 1, hangs)[0]; left.UID != bare.UID {
		t.Error("the bare pod was evicted")
	}
	for i, left := range f.pods(t, reported, "app=web", 2, hangs) {
		if left.UID != kept[i].UID || left.DeletionTimestamp != nil {
			t.Errorf("pod %s was evicted where they are only reported", kept[i].Name)
		}
	}
	// What the report asks for helps.
	f.kubectl(t, "", "-n", reported, "rollout", "restart", "deployment/web")
	f.pods(t, reported, "app=web", 2, onFargate)
}

// TestProfileDeleted: the pods of a profile that is deleted are stopped, and those that come after
// them run by another one that selects them (F1.12).
func TestProfileDeleted(t *testing.T) {
	f := world(t)
	namespace := f.namespace(t, "deleted", nil)
	first, second := "a-"+namespace, "b-"+namespace
	f.profile(t, first, namespace)
	f.profile(t, second, namespace)
	f.awaitWebhook(t, namespace)
	f.apply(t, namespace, deployment)
	for _, pod := range f.pods(t, namespace, "app=web", 2, onFargate) {
		if by := pod.Labels[profileLabel]; by != first {
			t.Errorf("pod %s runs by profile %s; want %s, the first by name", pod.Name, by, first)
		}
	}
	if err := f.eks.DeleteProfile(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	f.pods(t, namespace, "app=web", 2, func(pod *corev1.Pod) error {
		if by := pod.Labels[profileLabel]; by != second {
			return fmt.Errorf("is by profile %q: %v", by, pod.Status.Conditions)
		}
		return onFargate(pod)
	})
	if err := f.eks.DeleteProfile(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	stuck := f.pods(t, namespace, "app=web", 2, hangs)[0]
	if _, claimed := stuck.Labels[profileLabel]; claimed {
		t.Errorf("pod %s has the labels %v although no profile is left", stuck.Name, stuck.Labels)
	}
}
