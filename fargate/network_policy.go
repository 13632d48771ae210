package fargate

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/rules/objects"
	"fargate-webhook/fargate/traffic"
	"fargate-webhook/kinds/vpccni"
	"fargate-webhook/policy"
)

// networkPolicy decides about a NetworkPolicy, by the pods that it selects.
func (d *decider) networkPolicy(p *networkingv1.NetworkPolicy) outcome {
	return d.restricting(&p.ObjectMeta, &p.Spec, "a NetworkPolicy")
}

// applicationPolicy decides about a policy of the VPC CNI, which selects pods in the same way.
func (d *decider) applicationPolicy(p *vpccni.ApplicationNetworkPolicy) outcome {
	return d.restricting(&p.ObjectMeta, &p.Spec, "an "+vpccni.ApplicationKind)
}

func (d *decider) restricting(meta *metav1.ObjectMeta, spec *networkingv1.NetworkPolicySpec, kind string) outcome {
	pods := d.namespace().Select(meta, &spec.PodSelector)
	o := selecting(meta, &pods)
	if !objects.AllowsAll(spec) {
		o.violations = objects.CheckNetworkPolicy(&objects.Restricted{Kind: kind, Field: "spec.podSelector", Pods: pods}, d.settings)
	}
	return o
}

// clusterPolicy decides about a policy of the VPC CNI for many namespaces, by the pods that it
// selects in those of them that profiles select by name, or as an example by a pattern.
func (d *decider) clusterPolicy(p *vpccni.ClusterNetworkPolicy) outcome {
	namespaces, selector := p.Spec.Subject.Selectors()
	if namespaces == nil || !byName(namespaces) {
		return selecting(&p.ObjectMeta, &traffic.Selection{Reason: "it selects namespaces by labels, which are not looked at"})
	}
	found := &restricted{pods: traffic.Selection{Reason: "it selects no namespace that a Fargate profile selects"}, settings: d.settings}
	exact, examples := d.profileNamespaces()
	if named := namesIn(namespaces); len(named) > 0 {
		exact, examples = named, nil // it selects no others
	}
	for i, name := range append(exact, examples...) {
		if !traffic.Matches(namespaces, map[string]string{corev1.LabelMetadataName: name}) {
			continue
		}
		request := *d.request
		request.Namespace = name
		in := newDecider(&request, d.index, d.policy)
		at := &restricted{pods: in.namespace().Select(&p.ObjectMeta, selector), settings: in.settings}
		if i < len(exact) {
			at.namespace = name
		}
		if at.rank() > found.rank() {
			found = at
		}
	}
	o := selecting(&p.ObjectMeta, &found.pods)
	if p.Spec.Denies() {
		o.violations = objects.CheckNetworkPolicy(
			&objects.Restricted{Kind: "a " + vpccni.ClusterKind, Field: "spec.subject", Pods: found.pods, Namespace: found.namespace}, found.settings)
	}
	return o
}

// restricted are the pods of a namespace that a policy for many of them selects.
type restricted struct {
	pods traffic.Selection
	// namespace is "" for one that was made up as an example.
	namespace string
	settings  *policy.Settings
}

// rank says how much there is to say about the pods: most of known ones on Fargate.
func (r *restricted) rank() int {
	switch {
	case len(r.pods.On) > 0:
		return 2
	case r.pods.OnFargate():
		return 1
	}
	return 0
}

// byName reports a selector of namespaces by nothing but their names.
func byName(s *metav1.LabelSelector) bool {
	for key := range s.MatchLabels {
		if key != corev1.LabelMetadataName {
			return false
		}
	}
	return !slices.ContainsFunc(s.MatchExpressions, func(e metav1.LabelSelectorRequirement) bool { return e.Key != corev1.LabelMetadataName })
}

// namesIn returns the names of namespaces that a selector names.
func namesIn(s *metav1.LabelSelector) []string {
	var names []string
	if name, ok := s.MatchLabels[corev1.LabelMetadataName]; ok {
		names = append(names, name)
	}
	for _, e := range s.MatchExpressions {
		if e.Operator == metav1.LabelSelectorOpIn {
			names = append(names, e.Values...)
		}
	}
	return names
}

// profileNamespaces returns the namespaces that profiles select by name and, for each pattern, an
// example of a name that it matches.
func (d *decider) profileNamespaces() (exact, examples []string) {
	exact, patterns := d.index.Namespaces()
	for _, pattern := range patterns {
		examples = append(examples, strings.NewReplacer("*", "any", "?", "a").Replace(pattern))
	}
	return exact, examples
}
