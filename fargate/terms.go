package fargate

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ResourcesAnnotation on a pod chooses its resources policy: Fit, Limits or
// Off. It goes before that of the policy file.
const ResourcesAnnotation = "fargate-webhook/resources"

// terms are what a pod's requests and limits are set under.
type terms struct {
	policy  ResourcesPolicy
	minimum Amount
	// hold says that a ResourceQuota counts what would be raised.
	hold bool
	// containerMost and podMost are what the namespace's LimitRanges allow one
	// container, and all that run together.
	containerMost, podMost Amount
}

// unbounded is an amount that bounds nothing.
func unbounded() Amount { return Amount{MilliCPU: ceiling, MilliBytes: ceiling} }

// termsFor reads what the settings, the pod's annotation and its namespace say.
// When the namespace can't be looked up nothing may be changed: the error says
// what is missing, and the policy is Off.
func termsFor(request *Request, settings *Settings, meta *metav1.ObjectMeta) (*terms, error) {
	t := &terms{
		policy: settings.Resources, minimum: settings.Minimum,
		containerMost: unbounded(), podMost: unbounded(),
	}
	if own, ok := resourcesAnnotation(meta); ok {
		t.policy = own
	}
	if t.policy == ResourcesOff || request.Cluster == nil {
		return t, nil
	}
	ranges, err := request.Cluster.LimitRanges(request.Namespace)
	if err != nil {
		return &terms{policy: ResourcesOff}, fmt.Errorf("the LimitRanges of namespace %q: %w", request.Namespace, err)
	}
	t.keepWithin(ranges)
	if settings.UnderQuota == QuotaRaise {
		return t, nil
	}
	quotas, err := request.Cluster.ResourceQuotas(request.Namespace)
	if err != nil {
		return &terms{policy: ResourcesOff}, fmt.Errorf("the ResourceQuotas of namespace %q: %w", request.Namespace, err)
	}
	for _, quota := range quotas {
		t.hold = t.hold || countsCompute(&quota.Spec)
	}
	return t, nil
}

// resourcesAnnotation is the pod's own policy. ok is false when it states none,
// or none that there is.
func resourcesAnnotation(meta *metav1.ObjectMeta) (policy ResourcesPolicy, ok bool) {
	policy = ResourcesPolicy(meta.Annotations[ResourcesAnnotation])
	switch policy {
	case ResourcesFit, ResourcesLimits, ResourcesOff:
		return policy, true
	}
	return "", false
}

// keepWithin takes over the maxima of LimitRanges. Their minima and ratios are
// never in the way: requests only rise, and limits come down to requests, which
// the same minima hold for.
func (t *terms) keepWithin(ranges []*corev1.LimitRange) {
	for _, r := range ranges {
		for i := range r.Spec.Limits {
			switch item := &r.Spec.Limits[i]; item.Type {
			case corev1.LimitTypeContainer:
				t.containerMost = t.containerMost.atMost(mostIn(item.Max))
			case corev1.LimitTypePod:
				t.podMost = t.podMost.atMost(mostIn(item.Max))
			default:
			}
		}
	}
}

// mostIn reads maxima, rounded down.
func mostIn(list corev1.ResourceList) Amount {
	most := unbounded()
	if q, ok := list[corev1.ResourceCPU]; ok {
		most.MilliCPU = thousandthsDown(q)
	}
	if q, ok := list[corev1.ResourceMemory]; ok {
		most.MilliBytes = thousandthsDown(q)
	}
	return most
}

// countsCompute reports a quota that may refuse a pod because of what its
// containers request or are limited to. One that counts pods by quality of
// service does too: a pod that is given requests is another kind of pod to it.
func countsCompute(spec *corev1.ResourceQuotaSpec) bool {
	for name := range spec.Hard {
		switch name {
		case corev1.ResourceCPU, corev1.ResourceRequestsCPU, corev1.ResourceLimitsCPU,
			corev1.ResourceMemory, corev1.ResourceRequestsMemory, corev1.ResourceLimitsMemory:
			return true
		default:
		}
	}
	byQuality := func(scope corev1.ResourceQuotaScope) bool {
		return scope == corev1.ResourceQuotaScopeBestEffort || scope == corev1.ResourceQuotaScopeNotBestEffort
	}
	return slices.ContainsFunc(spec.Scopes, byQuality) ||
		spec.ScopeSelector != nil && slices.ContainsFunc(spec.ScopeSelector.MatchExpressions, func(r corev1.ScopedResourceSelectorRequirement) bool {
			return byQuality(r.ScopeName)
		})
}

// raises reports terms under which a pod may ask for more than it did.
func (t *terms) raises() bool { return t.policy == ResourcesLimits || t.minimum != Amount{} }

// unraised are the same terms, but that nobody asks for more.
func (t *terms) unraised() *terms {
	plain := *t
	plain.policy, plain.minimum = ResourcesFit, Amount{}
	return &plain
}

// wanted is what a container is taken to ask for, in both resources.
func (t *terms) wanted(_, _ int, r *corev1.ResourceRequirements) Amount {
	cpu, memory := t.dimension(corev1.ResourceCPU), t.dimension(corev1.ResourceMemory)
	return Amount{
		MilliCPU:   cpu.wanted(statedOf(r, cpu.name)).request,
		MilliBytes: memory.wanted(statedOf(r, memory.name)).request,
	}
}

// dimension is one resource under these terms, its budget not known yet.
func (t *terms) dimension(name corev1.ResourceName) dimension {
	d := dimension{name: name, unit: 1, minimum: t.minimum.MilliCPU, most: t.containerMost.MilliCPU, toLimits: t.policy == ResourcesLimits}
	if name == corev1.ResourceMemory {
		d.unit, d.minimum, d.most = mebibyte, t.minimum.MilliBytes, t.containerMost.MilliBytes
	}
	return d
}
