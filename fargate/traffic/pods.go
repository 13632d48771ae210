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
	// Places decides where a new pod of a workload runs, as admission does: it adds labels, unless
	// they would do harm.
	Places func(*Workload) placement.Placement
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
	// all known ones run elsewhere, and others wouldn't; or that it could not be looked up.
	Possibly
	// Surely means that those of a known workload do; or, where none is known, that a pod whose
	// labels are exactly the selector does.
	Surely
)

// Pods are the pods that a selector selects.
type Pods struct {
	// OnFargate says whether they run on Fargate.
	OnFargate Likelihood
	// NoOtherNodes is true when the cluster has no nodes but Fargate's, wherever the pods run.
	NoOtherNodes bool
	// Profile is the Fargate profile that takes them, if they surely run there.
	Profile string
	// Run names a known workload whose pods run there: `pods of Deployment "web", which run`; ""
	// for none.
	Run string
	// Reason says why they do or don't; at Possibly it names what makes the difference.
	Reason string
	// Unknown says what could not be looked up, "" for nothing.
	Unknown string
}

// Certain reports whether only what works with Fargate nodes reaches the pods.
func (p *Pods) Certain() bool { return p.OnFargate == Surely || p.NoOtherNodes }

// Because says why Certain is true of the pods of a Service, which the subject names.
func (p *Pods) Because(subject string) string {
	switch {
	case p.NoOtherNodes && p.OnFargate == Never:
		return fmt.Sprintf("the cluster has no nodes but Fargate's (nodes: FargateOnly), where no profile takes these pods (%s)", p.Reason)
	case p.NoOtherNodes:
		return "the cluster has no nodes but Fargate's (nodes: FargateOnly)"
	case p.Run != "":
		return fmt.Sprintf("%s selects %s on Fargate (profile %s)", subject, p.Run, p.Profile)
	}
	return fmt.Sprintf("a pod with the labels that %s selects would run on Fargate (profile %s)", subject, p.Profile)
}

// PodsOf returns the pods of a Service. Without a selector it has none.
func (n *Namespace) PodsOf(service *corev1.Service) Pods { return n.forSelectors(1).podsOf(service) }

func (l *lookup) podsOf(service *corev1.Service) Pods {
	if len(service.Spec.Selector) == 0 || service.Spec.Type == corev1.ServiceTypeExternalName {
		return Pods{Reason: "it selects no pods"}
	}
	pods := l.selected(&service.ObjectMeta, service.Spec.Selector)
	pods.NoOtherNodes = l.FargateOnly && !placement.OptedOut(&service.ObjectMeta)
	return pods
}

// selected returns the pods of a selector. Its owner may opt out of Fargate as a pod does. The
// known workloads decide that make such pods; where none is known, a pod with exactly the selector
// as labels. Pods may have more labels than the selector:
//
//   - Surely holds for every pod, unless it overrides an injected label, names another profile or is
//     kept off Fargate itself. Where that is so of all known workloads it is Possibly.
//   - Never holds for every pod.
func (l *lookup) selected(owner *metav1.ObjectMeta, selector map[string]string) Pods {
	meta := &metav1.ObjectMeta{Labels: selector}
	if placement.OptedOut(owner) {
		metav1.SetMetaDataAnnotation(meta, placement.ComputeTypeKey, placement.ComputeTypeEC2)
	}
	spec := &corev1.PodSpec{}
	place := placement.Place(l.Name, meta, spec, l.Index, l.Adds)
	if place.Fargate {
		switch found, err := l.known(selector); {
		case err != nil:
			unknown := fmt.Sprintf("what makes its pods could not be looked up: %v", err)
			return Pods{OnFargate: Possibly, Unknown: unknown, Reason: fmt.Sprintf("%s; profile %q takes pods with these labels", unknown, place.Profile)}
		case found.on != nil:
			return Pods{OnFargate: Surely, Profile: found.profile, Run: found.on.run(), Reason: found.reason}
		case found.off != nil:
			return Pods{OnFargate: Possibly, Reason: found.elsewhere(place.Profile)}
		}
		if guarded := l.Places(&Workload{Meta: meta, Spec: spec}); guarded.Fargate {
			return Pods{OnFargate: Surely, Profile: guarded.Profile, Reason: guarded.Reason}
		}
	}
	if placement.OptedOut(owner) {
		return Pods{Reason: place.Reason}
	}
	selectors := l.Index.Selectors(l.Name)
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
	nearest = placement.Nearest(selectors, labels, func(s *profiles.CompiledSelector) bool { return !placement.WantsOther(s, labels) })
	if nearest == nil {
		return nil, nil
	}
	return nearest, placement.Lacks(nearest, labels)
}
