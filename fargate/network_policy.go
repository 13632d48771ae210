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
// selects in the first of them that has some on Fargate.
func (d *decider) clusterPolicy(p *vpccni.ClusterNetworkPolicy) outcome {
	namespaces, selector := p.Spec.Subject.Selectors()
	if namespaces == nil || !byName(namespaces) {
		return selecting(&p.ObjectMeta, &traffic.Selection{Reason: "it selects namespaces by labels, which are not looked at"})
	}
	pods, in := traffic.Selection{Reason: "it selects no namespace that a Fargate profile selects"}, ""
	for _, name := range append(namesIn(namespaces), d.profileNamespaces()...) {
		if !traffic.Matches(namespaces, map[string]string{corev1.LabelMetadataName: name}) {
			continue
		}
		request := *d.request
		request.Namespace = name
		if found := newDecider(&request, d.index, d.policy).namespace().Select(&p.ObjectMeta, selector); in == "" || found.OnFargate() {
			pods, in = found, name
		}
		if pods.OnFargate() {
			break
		}
	}
	o := selecting(&p.ObjectMeta, &pods)
	if p.Spec.Denies() {
		o.violations = objects.CheckNetworkPolicy(&objects.Restricted{Kind: "a " + vpccni.ClusterKind, Field: "spec.subject", Pods: pods, Namespace: in}, d.settings)
	}
	return o
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

// profileNamespaces returns the namespaces that profiles select by name, then, for each pattern, a
// name that it matches.
func (d *decider) profileNamespaces() []string {
	names, patterns := d.index.Namespaces()
	for _, pattern := range patterns {
		names = append(names, strings.NewReplacer("*", "any", "?", "a").Replace(pattern))
	}
	return names
}
