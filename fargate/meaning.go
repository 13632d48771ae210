package fargate

import (
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
// opt out as a pod does.
func (j judge) selectedBy(owner *metav1.ObjectMeta, selector map[string]string) (Placement, meaning) {
	meta := &metav1.ObjectMeta{Labels: selector}
	if optedOut(owner) {
		metav1.SetMetaDataAnnotation(meta, computeTypeKey, computeTypeEC2)
	}
	place := withoutLabels(Place(j.request.Namespace, meta, &corev1.PodSpec{}, j.index, j.settings.Labels))
	switch {
	case place.Fargate:
		return place, meansFargate
	case place.pinned == "" && !optedOut(owner) && anyOpenTo(j.index.Selectors(j.request.Namespace), selector):
		return place, mayMeanFargate
	}
	return place, meansOthers
}

// anyOpenTo reports whether some selector of a profile would be met by pods
// with these labels and others.
func anyOpenTo(selectors []*profiles.CompiledSelector, labels map[string]string) bool {
	for _, s := range selectors {
		open := true
		for i := range s.Labels {
			l := &s.Labels[i]
			_, taken := labels[l.Key.String()]
			if l.Key.Literal() && taken && !l.Matches(labels) {
				open = false
			}
		}
		if open {
			return true
		}
	}
	return false
}
