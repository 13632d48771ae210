package placement

import (
	"fmt"
	"maps"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// candidate is a selector that the pod meets with some more labels.
type candidate struct {
	selector *profiles.CompiledSelector
	// lacks is how many labels that is.
	lacks int
	// concrete is true when a wildcard was replaced by a value.
	concrete bool
	// protected is the key of a label that must not be added, "" for none.
	protected string
}

// nearerThan prefers fewer labels, then values that don't come from a wildcard.
func (c *candidate) nearerThan(other *candidate) bool {
	if c.lacks != other.lacks {
		return c.lacks < other.lacks
	}
	return !c.concrete && other.concrete
}

// betterThan prefers labels that may be added, then the nearer candidate. In a tie the selector that
// comes first wins: by profile name, then by its order there.
func (c *candidate) betterThan(other *candidate) bool {
	if (c.protected == "") != (other.protected == "") {
		return c.protected == ""
	}
	return c.nearerThan(other)
}

// labels returns what the pod lacks for the selector.
func (c *candidate) labels(have map[string]string) map[string]string {
	lacks := make(map[string]string, c.lacks)
	for l := range c.selector.Missing(have) {
		key, value, _ := l.Adds() // it does: the selector is a candidate
		lacks[key] = value
	}
	return lacks
}

// inject finds the labels with which a profile takes a pod that doesn't match as it stands (step
// 4). Pods that neither a Fargate node nor Fargate's scheduler can take are left alone.
func (p pod) inject(selectors []*profiles.CompiledSelector, adds Adds) Placement {
	if len(selectors) == 0 {
		return Placement{Reason: noSelector(p.namespace, p.index)}
	}
	if adds.Labels != policy.LabelsInject {
		return Placement{Reason: "it lacks labels of every selector, and none are added: " + nearestText(selectors, p.meta.Labels)}
	}
	if !SchedulesToFargate(p.spec) {
		return Placement{OtherNode: true, Reason: fmt.Sprintf("it sets schedulerName %q", p.spec.SchedulerName)}
	}
	if !RunsOnFargateNode(p.spec) {
		return Placement{OtherNode: true, Reason: "no Fargate node meets its operating system, node selector or required node affinity"}
	}
	best, ties := p.best(selectors, adds)
	if best == nil {
		return Placement{Reason: meetsNone(selectors, p.meta.Labels)}
	}
	lacks := best.labels(p.meta.Labels)
	all := make(map[string]string, len(lacks)+len(p.meta.Labels))
	maps.Copy(all, lacks)
	maps.Copy(all, p.meta.Labels)
	place, ok := p.match(selectors, all, lacks, adds.Labels)
	if !ok {
		return Placement{Reason: "the labels to add don't meet the selector"}
	}
	if near := best.others(ties, p.meta.Labels); len(near) > 0 {
		place.EquallyNear = near
		place.Reason += "; " + equallyNear(near)
	}
	place.NearMiss = anotherValue(selectors, p.meta.Labels)
	if best.protected != "" {
		return place.Withhold(
			fmt.Sprintf("label %q identifies pods to Services and controllers", best.protected),
			"add it to the pod template yourself, or remove it from protectedLabels in the policy")
	}
	return place
}

// best returns the best candidate, nil for none, and the candidates after it that are no worse.
func (p pod) best(selectors []*profiles.CompiledSelector, adds Adds) (best *candidate, ties []candidate) {
	var found candidate
	for _, s := range selectors {
		c, ok := lacking(s, p.meta.Labels)
		if !ok || best != nil && best.protected == "" && best.nearerThan(&c) {
			continue
		}
		c.protected = adds.protectedOf(s, p.meta.Labels)
		switch {
		case best == nil || c.betterThan(best):
			found, ties = c, nil
			best = &found
		case !best.betterThan(&c):
			ties = append(ties, c)
		}
	}
	return best, ties
}

// lacking compares the pod's labels with those of a selector. ok is false when adding what it lacks
// would change a label that it has (S24), needs a key made up from a wildcard (S2), or isn't allowed
// by Kubernetes. It does not allocate.
func lacking(s *profiles.CompiledSelector, labels map[string]string) (c candidate, ok bool) {
	c.selector = s
	for l := range s.Missing(labels) {
		key, _, ok := l.Adds()
		if _, taken := labels[key]; taken || !ok {
			return candidate{}, false
		}
		c.concrete = c.concrete || !l.Value.Literal()
		c.lacks++
	}
	return c, true
}

// protectedOf returns the first key, in byte order, of the labels that a pod lacks for a selector and
// that must not be added; "" for none.
func (a *Adds) protectedOf(s *profiles.CompiledSelector, have map[string]string) string {
	for l := range s.Missing(have) {
		if key := l.Key.String(); a.protects(key) {
			return key
		}
	}
	return ""
}

// SchedulesToFargate reports whether the pod's scheduler lets EKS claim it and schedule it to
// Fargate (F2.12, F4.16).
func SchedulesToFargate(spec *corev1.PodSpec) bool {
	switch spec.SchedulerName {
	case "", corev1.DefaultSchedulerName, Scheduler:
		return true
	}
	return false
}
