package migration

import (
	"fmt"
	"iter"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/kinds"
)

// pod is a pod, or the template of pods.
type pod struct {
	meta *metav1.ObjectMeta
	spec *corev1.PodSpec
	// at returns the path in the object of a field of the pod.
	at func(field string) string
}

// pod returns the pod that the object is, or makes; nil for other objects, and for DaemonSets:
// Fargate runs none of their pods.
func (s *Subject) pod() *pod {
	if p, ok := s.Object.(*corev1.Pod); ok {
		return &pod{meta: &p.ObjectMeta, spec: &p.Spec, at: func(field string) string { return field }}
	}
	path, template := kinds.Template(s.Object)
	if template == nil {
		return nil
	}
	p := &pod{meta: &template.ObjectMeta, spec: &template.Spec, at: func(field string) string { return path + "." + field }}
	if holder, ok := s.Object.(*kinds.TemplateHolder); ok {
		p.at = holder.Field
	}
	return p
}

// ofPod makes a check of pods one of objects. Those that don't run on Fargate today have none of
// what changes.
func ofPod(check func(*pod, Target) []place) func(*Subject, Target) []place {
	return func(s *Subject, target Target) []place {
		if p := s.pod(); p != nil && s.OnFargate {
			return check(p, target)
		}
		return nil
	}
}

// ofMarks is ofPod for what names Fargate, wherever the pod runs.
func ofMarks(check func(*pod, Target) []place) func(*Subject, Target) []place {
	return func(s *Subject, target Target) []place {
		if p := s.pod(); p != nil {
			return check(p, target)
		}
		return nil
	}
}

// containers yields the containers of the pod with their paths, init containers too.
func (p *pod) containers() iter.Seq2[string, *corev1.Container] {
	return func(yield func(string, *corev1.Container) bool) {
		for _, list := range [...]struct {
			name string
			of   []corev1.Container
		}{{"initContainers", p.spec.InitContainers}, {"containers", p.spec.Containers}} {
			for i := range list.of {
				if !yield(p.at(fmt.Sprintf("spec.%s[%d]", list.name, i)), &list.of[i]) {
					return
				}
			}
		}
	}
}

// annotation returns the path of an annotation.
func annotation(key string) string { return "metadata.annotations[" + key + "]" }
