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
	namespace := f.selected(t, "rollout")
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
	namespace := f.selected(t, "cron")
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
