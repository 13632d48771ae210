package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/test/cluster"
)

// podsDeadline bounds the wait for the controllers to create the pods of the Deployments.
const podsDeadline = time.Minute

// step is one example and its expected result.
type step struct {
	file, title string
	replicas    int         // how many pods it creates; 0: it must be refused
	app         string      // the value of their label app
	want        expectation // for each of the pods
	rule        string      // the rule that must refuse it
}

// steps returns the examples in the order in which they are applied. Their results follow from
// examples/cluster-config.yaml, whose Fargate profile selects pods in namespace apps with the label
// run=on-fargate.
func steps() []step {
	resources := corev1.ResourceList{
		corev1.ResourceCPU:              quantity("250m"),
		corev1.ResourceMemory:           quantity("512Mi"),
		corev1.ResourceEphemeralStorage: quantity("10Gi"),
	}
	want := expectation{labels: map[string]string{"run": "on-fargate"}, requests: resources, limits: resources}
	return []step{
		{file: "deployment.yaml", title: "A Deployment that the Fargate profile selects", replicas: 2, app: "web", want: want},
		{file: "deployment-unlabelled.yaml", title: "A Deployment without the label run=on-fargate: the webhook adds it", replicas: 2, app: "web-unlabelled", want: want},
		{file: "pod-agent.yaml", title: "A pod that Fargate can't run: refused", rule: "host-port"},
		{file: "daemonset.yaml", title: "A DaemonSet on Fargate: refused", rule: "daemonset"},
		{file: "service-nodeport.yaml", title: "A NodePort Service for pods on Fargate: refused", rule: "node-port"},
	}
}

// applyExamples applies the examples, prints the results, and returns the differences from what is
// expected.
func (s *stage) applyExamples(ctx context.Context) ([]string, error) {
	var differences []string
	for _, step := range steps() {
		file := s.example(step.file)
		say(s.out, "--- %s\n\n$ kubectl apply -f %s", step.title, file)
		result, err := s.cluster.Kubectl(ctx, "", "apply", "-f", file)
		if err != nil {
			return nil, err
		}
		say(s.out, "%s", strings.TrimRight(result.Stdout+result.Stderr, "\n"))
		if step.rule != "" {
			differences = append(differences, compareRefusal(step.file, result, step.rule)...)
			say(s.out, "")
			continue
		}
		if result.Code != 0 {
			differences = append(differences, fmt.Sprintf("%s: kubectl apply failed", step.file))
			continue
		}
		pods, err := s.awaitPods(ctx, step)
		if err != nil {
			return nil, err
		}
		template, err := s.templateLabels(ctx, step.app)
		if err != nil {
			return nil, err
		}
		for i := range pods {
			say(s.out, "%s", describe(&pods[i], template))
			differences = append(differences, comparePod(&pods[i], step.want)...)
		}
		say(s.out, "")
	}
	return differences, nil
}

// awaitPods waits for the pods of a step, and returns them sorted by name.
func (s *stage) awaitPods(ctx context.Context, step step) ([]corev1.Pod, error) {
	var pods []corev1.Pod
	err := cluster.Await(ctx, podsDeadline, fmt.Sprintf("%s has %d pods", step.app, step.replicas), func(ctx context.Context) error {
		if err := s.webhook.Running(); err != nil {
			return cluster.Stop(err)
		}
		list, err := s.cluster.Clientset().CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: "app=" + step.app})
		if err != nil {
			return err
		}
		pods = list.Items
		if len(pods) != step.replicas {
			return fmt.Errorf("it has %d", len(pods))
		}
		return nil
	})
	slices.SortFunc(pods, func(a, b corev1.Pod) int { return strings.Compare(a.Name, b.Name) })
	return pods, err
}

// templateLabels returns the labels of a Deployment's pod template.
func (s *stage) templateLabels(ctx context.Context, deployment string) (map[string]string, error) {
	got, err := s.cluster.Clientset().AppsV1().Deployments(namespace).Get(ctx, deployment, metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("read the Deployment %s: %w", deployment, err)
	}
	return got.Spec.Template.Labels, nil
}
