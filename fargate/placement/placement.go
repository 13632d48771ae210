// Package placement decides where a pod runs: which Fargate profile takes it, which labels it lacks
// for one, and what keeps it off Fargate. It is a pure function of the pod, the profiles and the
// policy.
package placement

import (
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

const (
	// ProfileLabel is the pod label that chooses among matching profiles (F1.7). EKS sets it on
	// every pod that it claims.
	ProfileLabel = "eks.amazonaws.com/fargate-profile"
	// ComputeTypeKey is both the node label and taint of Fargate nodes (F5.1) and the annotation
	// that keeps a pod off Fargate (F1.17, S9).
	ComputeTypeKey = "eks.amazonaws.com/compute-type"
	// ComputeTypeEC2 is the value of the annotation that keeps a pod off Fargate (F1.17).
	ComputeTypeEC2 = "ec2"
	// ComputeTypeFargate is the value of the label and taint of Fargate nodes (F5.1).
	ComputeTypeFargate = "fargate"
	// OptOut is the annotation that keeps a pod off Fargate, as manifests write it.
	OptOut = ComputeTypeKey + ": " + ComputeTypeEC2
	// Scheduler schedules pods to Fargate (F2.5).
	Scheduler = "fargate-scheduler"
	// KubeletPort is the port of the kubelet, which shares the pod's IP address on Fargate (F4.28,
	// S26).
	KubeletPort = 10250
)

// Placement says whether a pod runs on Fargate.
type Placement struct {
	// Fargate is true when EKS will claim the pod once it has Labels.
	Fargate bool
	// Profile is the Fargate profile that takes it.
	Profile string
	// Reason says why the pod runs there, or why it doesn't.
	Reason string
	// Labels are those to add. The pod has none of their keys.
	Labels map[string]string
	// EquallyNear are the profiles that would take it with as many other labels; Profile is the one
	// whose name sorts first.
	EquallyNear []Near
	// NearMiss names the nearest selector of which the pod has a label with another value; "" for
	// none.
	NearMiss string
	// KeptOff is true for a pod that no profile can take: it is bound to a node, belongs to a
	// DaemonSet, mirrors a static pod, or opts out.
	KeptOff bool
	// OtherNode is true for a pod that gets no labels, since it requires a scheduler or node that
	// Fargate doesn't have.
	OtherNode bool
	// Withheld is what would take the pod to Fargate, if a guard stops it; nil for nothing.
	Withheld *Withheld
	// Pinned is the profile that the pod names in ProfileLabel, if that can't take it, and
	// PinProblem says why. Both are empty otherwise.
	Pinned, PinProblem string
}

// Withheld are labels that a profile needs to take a pod, and that are not added.
type Withheld struct {
	// Profile is the Fargate profile that would take it.
	Profile string
	Labels  map[string]string
	// Problem is why they are not added, and Fix what to do to have them.
	Problem, Fix string
}

// Withhold returns the placement of a pod whose labels are not added.
func (p Placement) Withhold(problem, fix string) Placement {
	if p.NearMiss != "" {
		problem += "; " + p.NearMiss
	}
	return Placement{
		Reason:   fmt.Sprintf("Fargate profile %q would take it with more labels, which are not added: %s", p.Profile, problem),
		Withheld: &Withheld{Profile: p.Profile, Labels: p.Labels, Problem: problem, Fix: fix},
	}
}

// Adds says which labels may be added to a pod.
type Adds struct {
	Labels    policy.Labels
	Protected []profiles.Pattern
}

// AddsOf returns what a policy adds.
func AddsOf(s *policy.Settings) Adds { return Adds{Labels: s.Labels, Protected: s.ProtectedLabels} }

// protects reports the key of a label that must not be added.
func (a *Adds) protects(key string) bool {
	return slices.ContainsFunc(a.Protected, func(p profiles.Pattern) bool { return p.Match(key) })
}

// WithoutLabels returns the placement of an object that gets no labels.
func (p Placement) WithoutLabels() Placement {
	p.Labels = nil
	return p
}

// AddsSelectorLabels reports whether labels are added without which no profile takes the pod. A pin
// is none: EKS claims the pod without it.
func (p *Placement) AddsSelectorLabels() bool {
	_, pinned := p.Labels[ProfileLabel]
	return len(p.Labels) > 1 || len(p.Labels) == 1 && !pinned
}

// pod is a pod to place.
type pod struct {
	namespace string
	index     *profiles.Index
	meta      *metav1.ObjectMeta
	spec      *corev1.PodSpec
}

// Place says whether a pod of the namespace will run on Fargate, and which labels it lacks for
// that. The namespace is that of the request: the object's own may be empty (S22). The first step
// that answers wins.
func Place(namespace string, meta *metav1.ObjectMeta, spec *corev1.PodSpec, index *profiles.Index, adds Adds) Placement {
	p := pod{namespace: namespace, index: index, meta: meta, spec: spec}
	if reason := p.keptOff(); reason != "" {
		return Placement{Reason: reason, KeptOff: true}
	}
	selectors := index.Selectors(namespace)
	pin, pinned := meta.Labels[ProfileLabel]
	if pinned {
		if !index.Has(pin) {
			return BrokenPin(pin, "there is no ACTIVE Fargate profile of that name")
		}
		selectors = OfProfile(selectors, pin)
	}
	if place, ok := p.match(selectors, meta.Labels, nil, adds.Labels); ok {
		return place
	}
	place := p.inject(selectors, adds)
	if !place.Fargate && pinned {
		return BrokenPin(pin, place.Reason)
	}
	return place
}

// keptOff says why the pod can't run on Fargate whatever the profiles (step 1), "" if it can.
func (p pod) keptOff() string {
	if p.spec.NodeName != "" {
		return fmt.Sprintf("spec.nodeName is already %q, so no scheduler sees the pod", p.spec.NodeName) // S33
	}
	if owner := metav1.GetControllerOfNoCopy(p.meta); owner != nil && owner.Kind == "DaemonSet" {
		return "EKS doesn't claim the pods of a DaemonSet" // F2.9
	}
	if _, ok := p.meta.Annotations[corev1.MirrorPodAnnotationKey]; ok {
		return "it is the mirror pod of a static pod" // S33
	}
	if OptedOut(p.meta) {
		return "the annotation " + OptOut + " keeps it off Fargate"
	}
	return ""
}

// OptedOut reports the documented annotation that keeps a pod off Fargate although a profile
// matches (F1.17). The node label of the same key is something else (S9).
func OptedOut(meta *metav1.ObjectMeta) bool {
	return meta.Annotations[ComputeTypeKey] == ComputeTypeEC2
}

// BrokenPin returns the placement of a pod whose label names a profile that can't take it.
func BrokenPin(profile, problem string) Placement {
	return Placement{
		Reason:     fmt.Sprintf("the label %s names %q: %s", ProfileLabel, profile, problem),
		Pinned:     profile,
		PinProblem: problem,
	}
}

// OfProfile returns the selectors of one profile.
func OfProfile(selectors []*profiles.CompiledSelector, name string) []*profiles.CompiledSelector {
	var own []*profiles.CompiledSelector
	for _, s := range selectors {
		if s.Profile == name {
			own = append(own, s)
		}
	}
	return own
}

// match applies EKS's own rule (steps 3 and 5): of the profiles with a selector that all labels
// meet, the one whose name sorts first takes the pod (F1.1, F1.6). When several match, the choice
// is made explicit by a label, since EKS's documents disagree about it (F1.6, S5). added are the
// labels that aren't on the pod yet.
func (p pod) match(selectors []*profiles.CompiledSelector, labels, added map[string]string, adds policy.Labels) (Placement, bool) {
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
		place.Reason += " once the labels are added"
	}
	if several && adds == policy.LabelsInject {
		if place.Labels == nil {
			place.Labels = map[string]string{}
		}
		place.Labels[ProfileLabel] = first.Profile
		place.Reason += "; several profiles match, so it is pinned to the one whose name sorts first"
	}
	return place, true
}
