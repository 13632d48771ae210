package fargate

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/profiles"
)

// meaning tells whether the pods that a Service selects run on Fargate.
type meaning int

const (
	// meansOthers: none of them can.
	meansOthers meaning = iota
	// mayMeanFargate: those do that have further labels, of which the Service
	// says nothing.
	mayMeanFargate
	// meansFargate: a pod with just the Service's selector as labels does.
	meansFargate
)

// meaningOf tells what a Service of the request's namespace means. Without a
// selector it means no pods at all.
func (j judge) meaningOf(service *corev1.Service) (Placement, meaning) {
	if len(service.Spec.Selector) == 0 || service.Spec.Type == corev1.ServiceTypeExternalName {
		return Placement{Reason: "it selects no pods"}, meansOthers
	}
	return j.selectedBy(&service.ObjectMeta, service.Spec.Selector)
}

// selectedBy tells what a selector of pods means; owner is what has it, and may
// opt out as a pod does. Pods may have more labels than it names:
//
//   - meansFargate holds for all that have no other value for a label that would
//     be added, name no other profile, and are not kept off Fargate themselves;
//   - meansOthers holds for all;
//   - at mayMeanFargate the reason tells the labels that make the difference.
func (j judge) selectedBy(owner *metav1.ObjectMeta, selector map[string]string) (Placement, meaning) {
	meta := &metav1.ObjectMeta{Labels: selector}
	if optedOut(owner) {
		metav1.SetMetaDataAnnotation(meta, computeTypeKey, computeTypeEC2)
	}
	place := withoutLabels(Place(j.request.Namespace, meta, &corev1.PodSpec{}, j.index, j.settings.Labels))
	if place.Fargate {
		return place, meansFargate
	}
	if optedOut(owner) {
		return place, meansOthers
	}
	selectors := j.index.Selectors(j.request.Namespace)
	if pin, isPinned := selector[ProfileLabel]; isPinned {
		selectors = ofProfile(selectors, pin)
	}
	if nearest, further := openTo(selectors, selector); nearest != nil {
		return Placement{Reason: fmt.Sprintf("Fargate profile %q takes those of its pods that also have the labels %s",
			nearest.Profile, strings.Join(further, ", "))}, mayMeanFargate
	}
	return place, meansOthers
}

// openTo finds the selector of a profile that pods with these labels and the
// fewest others meet, and those others as the selector has them; nil where all
// selectors ask for another value of a label.
func openTo(selectors []*profiles.CompiledSelector, labels map[string]string) (nearest *profiles.CompiledSelector, further []string) {
	for _, s := range selectors {
		lacks, open := lackedBy(s, labels)
		if open && (nearest == nil || len(lacks) < len(further)) {
			nearest, further = s, lacks
		}
	}
	return nearest, further
}

// lackedBy lists the labels of a selector, as it has them, that are not among
// these. open is false where one of them has another value.
func lackedBy(s *profiles.CompiledSelector, labels map[string]string) (lacks []string, open bool) {
	for i := range s.Labels {
		l := &s.Labels[i]
		if l.Matches(labels) {
			continue
		}
		if _, taken := labels[l.Key.String()]; taken && l.Key.Literal() {
			return nil, false
		}
		lacks = append(lacks, l.Key.String()+": "+l.Value.String())
	}
	return lacks, true
}
