package traffic

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/cluster"
)

// Selector is an object that selects pods.
type Selector struct {
	Kind, Name string
	written    *metav1.LabelSelector
}

// String returns `Service "web"`.
func (s Selector) String() string { return s.Kind + " " + strconv.Quote(s.Name) }

// NewSelector returns the selector of an object, nil for an object that has none or an invalid one.
func NewSelector(kind, name string, selector *metav1.LabelSelector) *Selector {
	if selector == nil || !valid(selector) {
		return nil
	}
	return &Selector{Kind: kind, Name: name, written: selector}
}

// affected returns the objects of a kind that start to match the pod and those that stop, by name.
// Objects that are being deleted and invalid selectors are skipped.
func (c *LabelChange) affected(r cluster.Reader, kind *cluster.Kind, namespace string) (joined, left []Selector, err error) {
	objects, err := cluster.Selecting(r, kind, namespace, c.after)
	if err != nil {
		return nil, nil, fmt.Errorf("look up the %s: %w", kind.Resource, err)
	}
	for _, object := range objects {
		written := PodSelector(object)
		if object.GetDeletionTimestamp() != nil || !c.concerns(written) || !valid(written) {
			continue
		}
		was, is := matches(written, c.before), matches(written, c.after)
		switch s := (Selector{Kind: kind.Kind, Name: object.GetName(), written: written}); {
		case is && !was:
			joined = append(joined, s)
		case was && !is:
			left = append(left, s)
		}
	}
	byName := func(a, b Selector) int { return strings.Compare(a.Name, b.Name) }
	slices.SortFunc(joined, byName)
	slices.SortFunc(left, byName)
	return joined, left, nil
}

// concerns reports a selector that may match the pod before or after, but not both: one that
// requires a label which is added, and no other that the pod lacks.
func (c *LabelChange) concerns(selector *metav1.LabelSelector) bool {
	if selector == nil {
		return false
	}
	requires := slices.ContainsFunc(c.added, func(key string) bool {
		_, labelled := selector.MatchLabels[key]
		return labelled || slices.ContainsFunc(selector.MatchExpressions, func(e metav1.LabelSelectorRequirement) bool { return e.Key == key })
	})
	// Labels are only added: what the pod lacks after, it lacks before.
	return requires && contains(c.after, selector.MatchLabels)
}

// PodSelector returns the pod selector of an object, nil for one that selects nothing, or of which it
// isn't known: the API server generates that of a Job. An empty one selects every pod.
func PodSelector(object metav1.Object) *metav1.LabelSelector {
	switch o := object.(type) {
	case *corev1.Service:
		return serviceSelector(o)
	case *policyv1.PodDisruptionBudget:
		return o.Spec.Selector
	case *networkingv1.NetworkPolicy:
		return &o.Spec.PodSelector
	case *appsv1.Deployment:
		return o.Spec.Selector
	case *appsv1.ReplicaSet:
		return o.Spec.Selector
	case *cluster.ReplicaSet:
		return o.Selector
	case *appsv1.StatefulSet:
		return o.Spec.Selector
	case *appsv1.DaemonSet:
		return o.Spec.Selector
	case *batchv1.Job:
		return o.Spec.Selector
	case *corev1.ReplicationController:
		return replicationControllerSelector(o)
	}
	return nil
}

// serviceSelector returns nil for a Service whose endpoints are managed by others.
func serviceSelector(service *corev1.Service) *metav1.LabelSelector {
	if len(service.Spec.Selector) == 0 || service.Spec.Type == corev1.ServiceTypeExternalName {
		return nil
	}
	return &metav1.LabelSelector{MatchLabels: service.Spec.Selector}
}

// replicationControllerSelector returns the labels of the template where no selector is set, as the
// API server does.
func replicationControllerSelector(controller *corev1.ReplicationController) *metav1.LabelSelector {
	selector := controller.Spec.Selector
	if len(selector) == 0 && controller.Spec.Template != nil {
		selector = controller.Spec.Template.Labels
	}
	if len(selector) == 0 {
		return nil
	}
	return &metav1.LabelSelector{MatchLabels: selector}
}

// maxNamed is how many objects a message names; the others are counted.
const maxNamed = 3

// Names lists objects: `Service "a", Service "b", Service "c" and 2 more`.
func Names(objects []Selector) string {
	texts := make([]string, 0, maxNamed)
	for _, object := range objects[:min(len(objects), maxNamed)] {
		texts = append(texts, object.String())
	}
	text := strings.Join(texts, ", ")
	if more := len(objects) - maxNamed; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
