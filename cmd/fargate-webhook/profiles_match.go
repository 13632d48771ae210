package main

import (
	"fmt"
	"io"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate"
	"fargate-webhook/profiles"
)

// podAnswer is the answer of `profiles --match`.
type podAnswer struct {
	Namespace string            `json:"namespace"`
	Labels    map[string]string `json:"labels"`
	Fargate   bool              `json:"fargate"`
	Profile   string            `json:"profile,omitempty"`
	Reason    string            `json:"reason"`
	// Adds are the labels that the webhook adds, Lacks those that the pod would need and nobody adds.
	Adds  map[string]string `json:"adds"`
	Lacks map[string]string `json:"lacks"`
}

// matchPod tells where a pod of which nothing else is known would run.
func matchPod(namespace string, labels map[string]string, index *profiles.Index, policy *fargate.Policy) *podAnswer {
	meta, spec := &metav1.ObjectMeta{Labels: labels}, &corev1.PodSpec{}
	setting := policy.For(namespace).Labels
	if slices.ContainsFunc(policy.Exempt.Namespaces, func(p profiles.Pattern) bool { return p.Match(namespace) }) {
		setting = fargate.LabelsOff
	}
	place := fargate.Place(namespace, meta, spec, index, setting)
	answer := &podAnswer{Namespace: namespace, Labels: labels, Fargate: place.Fargate, Profile: place.Profile, Reason: place.Reason,
		Adds: map[string]string{}, Lacks: map[string]string{}}
	if place.Fargate {
		maps.Copy(answer.Adds, place.Labels)
		return answer
	}
	if would := fargate.Place(namespace, meta, spec, index, fargate.LabelsInject); would.Fargate {
		answer.Lacks = would.Labels
	}
	return answer
}

func (a *podAnswer) writeText(w io.Writer) error {
	text := fmt.Sprintf("A pod in the namespace %s with the labels %s ", a.Namespace, labelsText(a.Labels))
	if len(a.Labels) == 0 {
		text = fmt.Sprintf("A pod in the namespace %s without labels ", a.Namespace)
	}
	if a.Fargate {
		text += fmt.Sprintf("runs on Fargate by the profile %s: %s.\n", a.Profile, a.Reason)
	} else {
		text += fmt.Sprintf("doesn't run on Fargate: %s.\n", a.Reason)
	}
	if len(a.Adds) > 0 {
		text += fmt.Sprintf("The webhook adds %s.\n", labelsText(a.Adds))
	}
	if len(a.Lacks) > 0 {
		text += fmt.Sprintf("It lacks %s, which the webhook doesn't add here.\n", labelsText(a.Lacks))
	}
	_, err := io.WriteString(w, text)
	return err
}
