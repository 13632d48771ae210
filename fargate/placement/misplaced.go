package placement

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

// Misplaced is an opt-out or a profile pin that has no effect where or as it is.
type Misplaced struct {
	// Field is where it is, as a path in the object.
	Field string
	// Problem says what is wrong, and Fix what to write where.
	Problem, Fix string
}

// Spot is metadata in which somebody may have written an opt-out or a pin.
type Spot struct {
	Meta *metav1.ObjectMeta
	// Path is that of Meta in the object: "metadata".
	Path string
	// Of names what the metadata belongs to, where EKS doesn't look for them: "the workload". It is
	// empty for a pod, a pod template, and an object that opts out itself.
	Of string
}

// Effective says what takes effect already, and where the rest belongs.
type Effective struct {
	// OptedOut is true where the opt-out is in place: another one does no harm.
	OptedOut bool
	// Pinned is true where the pin is, or where it would mean nothing.
	Pinned bool
	// Path is that of the metadata in which both belong: "spec.template.metadata". Of says of what,
	// where that isn't the object itself.
	Path, Of string
}

// EffectiveIn returns what takes effect in the metadata of a pod or pod template.
func EffectiveIn(pod *metav1.ObjectMeta, path string) Effective {
	return Effective{OptedOut: OptedOut(pod), Pinned: pod.Labels[ProfileLabel] != "", Path: path}
}

// MisplacedIn returns what has no effect in a spot (F1.7, F1.17, S9).
func (s Spot) MisplacedIn(e Effective) []Misplaced {
	var found []Misplaced
	add := func(list, key, problem, fix string) {
		found = append(found, Misplaced{Field: s.Path + "." + list + "[" + key + "]", Problem: problem, Fix: fix})
	}
	of := ""
	if s.Of != "" {
		of = " of " + s.Of
	}
	if value, ok := s.Meta.Annotations[ComputeTypeKey]; ok && !e.OptedOut {
		problem, fix := s.annotation(pair(ComputeTypeKey, value)+of, value, e)
		add("annotations", ComputeTypeKey, problem, fix)
	}
	if value := s.Meta.Labels[ComputeTypeKey]; meansOptOut(value) && !e.OptedOut {
		add("labels", ComputeTypeKey, "the label "+pair(ComputeTypeKey, value)+of+" is no opt-out: it must be an annotation"+s.ofPods(), e.addOptOut())
	}
	if value, ok := s.Meta.Annotations[ProfileLabel]; ok && !e.Pinned {
		add("annotations", ProfileLabel, "the annotation "+pair(ProfileLabel, value)+of+" pins nothing: it must be a label"+s.ofPods(), e.addPin(value))
	}
	if value := s.Meta.Labels[ProfileLabel]; value != "" && s.Of != "" && !e.Pinned {
		add("labels", ProfileLabel, "the label "+pair(ProfileLabel, value)+of+" doesn't pin its pods", e.addPin(value))
	}
	return found
}

// annotation says why the opt-out annotation has no effect.
func (s Spot) annotation(what, value string, e Effective) (problem, fix string) {
	switch {
	case !meansOptOut(value):
		return fmt.Sprintf("the annotation %s has no effect: profiles decide what runs on Fargate, and only the value %q opts out", what, ComputeTypeEC2),
			"remove it; to opt out, " + e.addOptOut()
	case s.Of != "":
		return "the annotation " + what + " doesn't opt its pods out", e.addOptOut()
	}
	return fmt.Sprintf("the annotation %s is no opt-out: the value must be %q", what, ComputeTypeEC2), e.addOptOut()
}

// ofPods completes "it must be an annotation" where EKS doesn't look in the spot.
func (s Spot) ofPods() string {
	if s.Of == "" {
		return ""
	}
	return " of its pods"
}

func (e Effective) addOptOut() string {
	return "set " + OptOut + " in " + e.Path + ".annotations" + e.Of
}

func (e Effective) addPin(profile string) string {
	return "set " + pair(ProfileLabel, profile) + " in " + e.Path + ".labels" + e.Of
}

// MisplacedInSelector returns what has no effect in a pod's node selector, at a path.
func MisplacedInSelector(spec *corev1.PodSpec, path string, e Effective) []Misplaced {
	var found []Misplaced
	if value := spec.NodeSelector[ComputeTypeKey]; meansOptOut(value) && !e.OptedOut {
		found = append(found, Misplaced{
			Field:   path + "[" + ComputeTypeKey + "]",
			Problem: "the node selector " + pair(ComputeTypeKey, value) + " is no opt-out, and EKS gives no node that label",
			Fix:     "remove it, and " + e.addOptOut(),
		})
	}
	if value, ok := spec.NodeSelector[ProfileLabel]; ok {
		fix := "remove it"
		if !e.Pinned {
			fix += ", and " + e.addPin(value)
		}
		found = append(found, Misplaced{
			Field:   path + "[" + ProfileLabel + "]",
			Problem: "the node selector " + pair(ProfileLabel, value) + " pins nothing, and EKS gives no node that label: the pin is a label of the pod",
			Fix:     fix,
		})
	}
	return found
}

// meansOptOut reports the value of the opt-out, in whatever case.
func meansOptOut(value string) bool {
	return strings.EqualFold(strings.TrimSpace(value), ComputeTypeEC2)
}

// pair returns a label or annotation as manifests write it.
func pair(key, value string) string {
	if value == "" || len(validation.IsValidLabelValue(value)) > 0 {
		return fmt.Sprintf("%s: %q", key, value)
	}
	return key + ": " + value
}
