package fargate

import (
	"fmt"
	"maps"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/profiles"
)

const (
	// ProfileLabel is the pod label that chooses among matching profiles
	// (F1.7). EKS sets it on every pod it claims.
	ProfileLabel = "eks.amazonaws.com/fargate-profile"

	fargateScheduler = "fargate-scheduler"
	computeTypeEC2   = "ec2"
)

// LabelsPolicy says whether pods get the labels that a profile selects by.
type LabelsPolicy string

const (
	// LabelsInject adds the labels of the closest selector.
	LabelsInject LabelsPolicy = "Inject"
	// LabelsOff leaves labels alone: a pod runs on Fargate only if it matches
	// a profile as it stands.
	LabelsOff LabelsPolicy = "Off"
)

// Placement tells whether a pod will run on Fargate.
type Placement struct {
	// Fargate is true when EKS will claim the pod once it has Labels.
	Fargate bool
	// Profile is the Fargate profile that claims it.
	Profile string
	// Reason says in words why, either way.
	Reason string
	// Labels are those to add; the pod has none of their keys.
	Labels map[string]string
	// pinned is the profile that the pod names in ProfileLabel but that can't
	// take it, and why; empty otherwise.
	pinned, pinProblem string
}

// placed is a pod as placement sees it.
type placed struct {
	namespace string
	meta      *metav1.ObjectMeta
	spec      *corev1.PodSpec
}

// Place tells whether a pod of the namespace will run on Fargate, and what it
// lacks for that. The namespace is that of the request: the object's own may
// be empty (S22). The first step that answers wins.
func Place(namespace string, meta *metav1.ObjectMeta, spec *corev1.PodSpec, index *profiles.Index, policy LabelsPolicy) Placement {
	pod := placed{namespace: namespace, meta: meta, spec: spec}
	if reason := pod.keptOff(); reason != "" {
		return Placement{Reason: reason}
	}
	selectors := index.Selectors(namespace)
	pin, isPinned := meta.Labels[ProfileLabel]
	if isPinned {
		if !index.Has(pin) {
			return brokenPin(pin, "there is no ACTIVE Fargate profile of that name")
		}
		selectors = ofProfile(selectors, pin)
	}
	if place, ok := pod.matched(selectors, meta.Labels, nil, policy); ok {
		return place
	}
	place := pod.injected(selectors, policy)
	if !place.Fargate && isPinned {
		return brokenPin(pin, place.Reason)
	}
	return place
}

// keptOff says why a pod can't be Fargate's whatever the profiles (step 1).
func (p placed) keptOff() string {
	if p.spec.NodeName != "" {
		return fmt.Sprintf("spec.nodeName is already %q, so no scheduler sees the pod", p.spec.NodeName) // S33
	}
	if owner := metav1.GetControllerOfNoCopy(p.meta); owner != nil && owner.Kind == "DaemonSet" {
		return "EKS doesn't claim the pods of a DaemonSet" // F2.9
	}
	if _, ok := p.meta.Annotations[corev1.MirrorPodAnnotationKey]; ok {
		return "it is the mirror of a static pod" // S33
	}
	if optedOut(p.meta) {
		return "the annotation " + computeTypeKey + ": " + computeTypeEC2 + " keeps it off Fargate"
	}
	return ""
}

// optedOut reports the documented annotation that keeps a pod off Fargate
// though a profile matches (F1.17). It is not the node label of that key (S9).
func optedOut(meta *metav1.ObjectMeta) bool {
	return meta.Annotations[computeTypeKey] == computeTypeEC2
}

func brokenPin(profile, problem string) Placement {
	return Placement{
		Reason:     fmt.Sprintf("the label %s names %q: %s", ProfileLabel, profile, problem),
		pinned:     profile,
		pinProblem: problem,
	}
}

func ofProfile(selectors []*profiles.CompiledSelector, name string) []*profiles.CompiledSelector {
	var own []*profiles.CompiledSelector
	for _, s := range selectors {
		if s.Profile == name {
			own = append(own, s)
		}
	}
	return own
}

// matched is EKS's own rule (steps 3 and 5): the profile whose name sorts
// first among those with a selector that all labels meet (F1.1, F1.6). When
// several match, the choice is written down as a label, since not all of EKS's
// texts agree on it (F1.6, S5). added are the labels not yet on the pod.
func (p placed) matched(selectors []*profiles.CompiledSelector, labels, added map[string]string, policy LabelsPolicy) (Placement, bool) {
	var first *profiles.CompiledSelector
	several := false
	for _, s := range selectors {
		if (first != nil && s.Profile == first.Profile) || !s.Matches(labels) {
			continue
		}
		if first != nil {
			several = true
			break
		}
		first = s
	}
	if first == nil {
		return Placement{}, false
	}
	place := Placement{Fargate: true, Profile: first.Profile, Labels: maps.Clone(added)}
	place.Reason = fmt.Sprintf("it matches selector %d of the profile", first.Order+1)
	if len(added) > 0 {
		place.Reason += " once it has the labels"
	}
	if several && policy == LabelsInject {
		if place.Labels == nil {
			place.Labels = map[string]string{}
		}
		place.Labels[ProfileLabel] = first.Profile
		place.Reason += "; more profiles match, so it is pinned to the one whose name sorts first"
	}
	return place, true
}
