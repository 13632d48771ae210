package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/test/cluster"
)

// podsDeadline bounds the wait for the pods of an example to get where they belong.
const podsDeadline = time.Minute

// applyExamples applies the examples, prints the results and what the cluster looks like then, and
// returns the differences from what is expected.
func (s *stage) applyExamples(ctx context.Context) ([]string, error) {
	var differences []string
	for _, step := range story(s.chosen.ec2Nodes) {
		say(s.out, "--- %s\n", step.title)
		found, err := s.apply(ctx, step)
		if err != nil {
			return nil, err
		}
		differences = append(differences, found...)
		say(s.out, "")
	}
	found, err := s.serve(ctx)
	if err != nil {
		return nil, err
	}
	differences = append(differences, found...)
	found, err = s.show(ctx)
	if err != nil {
		return nil, err
	}
	differences = append(differences, found...)
	found, err = s.diagnose(ctx)
	return append(differences, found...), err
}

// apply applies one example, prints the result, and returns the differences.
func (s *stage) apply(ctx context.Context, step step) ([]string, error) {
	file, stdin, in := s.example(step.file), "", namespace
	command, args := "kubectl apply -f "+file, []string{"apply", "-f", file}
	if step.exempt {
		content, err := os.ReadFile(filepath.Join(s.root, "examples", step.file))
		if err != nil {
			return nil, err
		}
		in = without
		replacement := [2]string{"namespace: " + namespace, "namespace: " + without}
		stdin = strings.ReplaceAll(string(content), replacement[0], replacement[1])
		command, args = fmt.Sprintf("sed 's/%s/%s/' %s | kubectl apply -f -", replacement[0], replacement[1], file), []string{"apply", "-f", "-"}
	}
	say(s.out, "$ %s", command)
	result, err := s.cluster.Kubectl(ctx, stdin, args...)
	if err != nil {
		return nil, err
	}
	say(s.out, "%s", strings.TrimRight(result.Stdout+result.Stderr, "\n"))
	if step.rule != "" {
		return compareRefusal(step.file, result, step.rule), nil
	}
	if result.Code != 0 {
		return []string{step.file + ": kubectl apply failed"}, nil
	}
	return s.follow(ctx, step, in)
}

// follow waits until the pods of a step are where they belong, prints the first of them, and returns
// the differences of all.
func (s *stage) follow(ctx context.Context, step step, in string) ([]string, error) {
	pods, event, err := s.awaitPods(ctx, step, in)
	if ctx.Err() != nil || s.webhook.Running() != nil {
		return nil, err
	}
	var differences []string
	if err != nil {
		differences = append(differences, fmt.Sprintf("%s: %v", step.title, err))
	}
	for i := range pods {
		differences = append(differences, comparePod(&pods[i], step.want)...)
	}
	if len(pods) == 0 {
		return differences, nil
	}
	template, err := s.templateLabels(ctx, &pods[0])
	if err != nil {
		return nil, err
	}
	say(s.out, "%s", describe(&pods[0], template, event))
	if len(pods) > 1 {
		say(s.out, "  and %d more like it", len(pods)-1)
	}
	return differences, nil
}

// awaitPods waits until the pods of a step are where they belong. It returns them sorted by name,
// with the event of one that hangs.
func (s *stage) awaitPods(ctx context.Context, step step, in string) (pods []corev1.Pod, event string, err error) {
	err = cluster.Await(ctx, podsDeadline, fmt.Sprintf("there are %d pods %s", step.replicas, step.want.place), func(ctx context.Context) error {
		if err := s.webhook.Running(); err != nil {
			return cluster.Stop(err)
		}
		list, err := s.cluster.Clientset().CoreV1().Pods(in).List(ctx, metav1.ListOptions{LabelSelector: step.selector})
		if err != nil {
			return err
		}
		pods = list.Items
		if len(pods) != step.replicas {
			return fmt.Errorf("there are %d", len(pods))
		}
		for i := range pods {
			if place := placeOf(&pods[i]); place != step.want.place {
				return fmt.Errorf("pod %s is %s", pods[i].Name, place)
			}
		}
		if step.want.event != "" {
			event, err = s.eventOf(ctx, &pods[0], step.want.event)
		}
		return err
	})
	slices.SortFunc(pods, func(a, b corev1.Pod) int { return strings.Compare(a.Name, b.Name) })
	return pods, event, err
}

// eventOf returns a warning about a pod that has a text, with its source.
func (s *stage) eventOf(ctx context.Context, pod *corev1.Pod, text string) (string, error) {
	events, err := s.cluster.Clientset().CoreV1().Events(pod.Namespace).List(ctx, metav1.ListOptions{FieldSelector: "involvedObject.uid=" + string(pod.UID)})
	if err != nil {
		return "", err
	}
	for i := range events.Items {
		if e := &events.Items[i]; strings.Contains(e.Message, text) {
			return fmt.Sprintf("%s %s, from %s: %s", e.Type, e.Reason, e.Source.Component, e.Message), nil
		}
	}
	return "", fmt.Errorf("pod %s has no event with %q", pod.Name, text)
}

// templateLabels returns the labels of a pod before its admission: those of its ReplicaSet's
// template. A bare pod has none that are not its own.
func (s *stage) templateLabels(ctx context.Context, pod *corev1.Pod) (map[string]string, error) {
	owner := metav1.GetControllerOf(pod)
	if owner == nil {
		return pod.Labels, nil
	}
	got, err := s.cluster.Clientset().AppsV1().ReplicaSets(pod.Namespace).Get(ctx, owner.Name, metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("read the ReplicaSet %s: %w", owner.Name, err)
	}
	return got.Spec.Template.Labels, nil
}

// example returns the path of an example file to pass to kubectl, relative to the working directory
// if possible.
func (s *stage) example(name string) string {
	file := filepath.Join(s.root, "examples", name)
	if wd, err := os.Getwd(); err == nil {
		if short, err := filepath.Rel(wd, file); err == nil {
			return short
		}
	}
	return file
}
