// Package traffic decides what leads traffic to pods on Fargate: which pods a Service selects, what
// a load balancer's settings say of its targets, and which selectors a change of labels affects.
package traffic

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/profiles"
)

// Namespace is what decides about the pods of a namespace.
type Namespace struct {
	Name  string
	Index *profiles.Index
	// Adds are the labels that are added to pods.
	Adds placement.Adds
	// FargateOnly is true when the cluster has no nodes but Fargate's.
	FargateOnly bool
	// Cluster returns other objects, nil when nothing is known of them.
	Cluster cluster.Reader
}

// Likelihood says whether the pods that a selector selects run on Fargate.
type Likelihood int

const (
	// Never means that none of them can.
	Never Likelihood = iota
	// Possibly means that those do which have further labels, not named by the selector; or that
	// all known ones run elsewhere, and others wouldn't.
	Possibly
	// Surely means that a pod whose labels are exactly the selector does.
	Surely
)

// Pods are the pods that a selector selects.
type Pods struct {
	// OnFargate says whether they run on Fargate.
	OnFargate Likelihood
	// Profile is the Fargate profile that takes them, if they surely run there.
	Profile string
	// Reason says why they do or don't; at Possibly it names the labels that make the difference.
	Reason string
}

// RunOnFargate returns `run on Fargate (profile apps)`.
func (p *Pods) RunOnFargate() string {
	if p.Profile == "" {
		return "run on Fargate"
	}
	return "run on Fargate (profile " + p.Profile + ")"
}

// PodsOf returns the pods of a Service. Without a selector it has none.
func (n *Namespace) PodsOf(service *corev1.Service) Pods {
	if len(service.Spec.Selector) == 0 || service.Spec.Type == corev1.ServiceTypeExternalName {
		return Pods{Reason: "it selects no pods"}
	}
	if n.FargateOnly {
		pods := n.PodsSelected(&service.ObjectMeta, service.Spec.Selector)
		pods.OnFargate = Surely
		return pods
	}
	return n.PodsSelected(&service.ObjectMeta, service.Spec.Selector)
}

// PodsSelected returns the pods of a selector. Its owner may opt out of Fargate as a pod does. Pods
// may have more labels than the selector:
//
//   - Surely holds for every pod, unless it overrides an injected label, names another profile or is
//     kept off Fargate itself. Where that is so of all known workloads it is Possibly.
//   - Never holds for every pod.
func (n *Namespace) PodsSelected(owner *metav1.ObjectMeta, selector map[string]string) Pods {
	meta := &metav1.ObjectMeta{Labels: selector}
	if placement.OptedOut(owner) {
		metav1.SetMetaDataAnnotation(meta, placement.ComputeTypeKey, placement.ComputeTypeEC2)
	}
	place := placement.Place(n.Name, meta, &corev1.PodSpec{}, n.Index, n.Adds)
	if place.Fargate {
		if workload := n.keptOff(selector); workload != "" {
			return Pods{OnFargate: Possibly, Reason: fmt.Sprintf("%s makes such pods, which don't run on Fargate; others with these labels would, by profile %q",
				workload, place.Profile)}
		}
		return Pods{OnFargate: Surely, Profile: place.Profile, Reason: place.Reason}
	}
	if placement.OptedOut(owner) {
		return Pods{Reason: place.Reason}
	}
	selectors := n.Index.Selectors(n.Name)
	if pin, pinned := selector[placement.ProfileLabel]; pinned {
		selectors = placement.OfProfile(selectors, pin)
	}
	if nearest, further := reachable(selectors, selector); nearest != nil {
		return Pods{OnFargate: Possibly, Reason: fmt.Sprintf("Fargate profile %q takes those of its pods that also have the labels %s",
			nearest.Profile, strings.Join(further, ", "))}
	}
	return Pods{Reason: place.Reason}
}

// reachable finds the selector of a profile that pods with these labels meet with the fewest
// further ones, and returns those as the selector has them. It returns nil when all selectors
// require another value of a label.
func reachable(selectors []*profiles.CompiledSelector, labels map[string]string) (nearest *profiles.CompiledSelector, further []string) {
	for _, s := range selectors {
		lacks, ok := furtherLabels(s, labels)
		if ok && (nearest == nil || len(lacks) < len(further)) {
			nearest, further = s, lacks
		}
	}
	return nearest, further
}

// furtherLabels returns the labels of a selector, as it has them, that aren't among these. ok is
// false when one of them has another value.
func furtherLabels(s *profiles.CompiledSelector, labels map[string]string) (further []string, ok bool) {
	for i := range s.Labels {
		l := &s.Labels[i]
		if l.Matches(labels) {
			continue
		}
		if _, taken := labels[l.Key.String()]; taken && l.Key.Literal() {
			return nil, false
		}
		further = append(further, l.Key.String()+": "+l.Value.String())
	}
	return further, true
}
