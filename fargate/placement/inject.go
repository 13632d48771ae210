package placement

import (
	"fmt"
	"maps"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// candidate is a selector that the pod meets with some more labels.
type candidate struct {
	profile string
	labels  map[string]string
	// concrete is true when a wildcard was replaced by a value.
	concrete bool
	// protected is the key of a label that must not be added, "" for none.
	protected string
}

// betterThan prefers labels that may be added, then fewer labels, then values that don't come from
// a wildcard. In a tie the selector that comes first wins: by profile name, then by its order
// there.
func (c *candidate) betterThan(other *candidate) bool {
	if (c.protected == "") != (other.protected == "") {
		return c.protected == ""
	}
	if len(c.labels) != len(other.labels) {
		return len(c.labels) < len(other.labels)
	}
	return !c.concrete && other.concrete
}

// inject finds the labels with which a profile takes a pod that doesn't match as it stands (step
// 4). Pods that neither a Fargate node nor Fargate's scheduler can take are left alone.
func (p pod) inject(selectors []*profiles.CompiledSelector, adds Adds) Placement {
	if len(selectors) == 0 {
		return Placement{Reason: noSelector(p.namespace, p.index)}
	}
	if adds.Labels != policy.LabelsInject {
		return Placement{Reason: "it lacks labels of every selector, and none are added: " + nearest(selectors, p.meta.Labels)}
	}
	if !SchedulesToFargate(p.spec) {
		return Placement{Reason: fmt.Sprintf("it sets schedulerName %q", p.spec.SchedulerName)}
	}
	if !RunsOnFargateNode(p.spec) {
		return Placement{Reason: "no Fargate node meets its operating system, node selector or required node affinity"}
	}
	best, ties := p.best(selectors, adds)
	if best == nil {
		return Placement{Reason: "it meets no selector without changing a label that it has: " + nearest(selectors, p.meta.Labels)}
	}
	all := maps.Clone(best.labels)
	maps.Copy(all, p.meta.Labels)
	place, ok := p.match(selectors, all, best.labels, adds.Labels)
	if !ok {
		return Placement{Reason: "the labels to add don't meet the selector"}
	}
	if near := best.others(ties); len(near) > 0 {
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
	for _, s := range selectors {
		c, ok := lacking(s, p.meta.Labels)
		if !ok {
			continue
		}
		if len(adds.Protected) > 0 {
			c.protected = adds.protects(c.labels)
		}
		switch {
		case best == nil || c.betterThan(best):
			best, ties = &c, nil
		case !best.betterThan(&c):
			ties = append(ties, c)
		}
	}
	return best, ties
}

// lacking returns the labels that the pod lacks for a selector. ok is false when adding them would
// change a label that it has (S24), needs a key made up from a wildcard (S2), or isn't allowed by
// Kubernetes.
func lacking(s *profiles.CompiledSelector, labels map[string]string) (c candidate, ok bool) {
	c.profile, c.labels = s.Profile, map[string]string{}
	for i := range s.Labels {
		l := &s.Labels[i]
		if l.Matches(labels) {
			continue
		}
		key := l.Key.String()
		if _, taken := labels[key]; taken || !l.Key.Literal() || len(validation.IsQualifiedName(key)) > 0 {
			return candidate{}, false
		}
		value, ok := concrete(&l.Value)
		if !ok {
			return candidate{}, false
		}
		c.concrete = c.concrete || !l.Value.Literal()
		c.labels[key] = value
	}
	return c, true
}

// wildcards make a value of a pattern: `*` is nothing, or `x` where that gives no legal value, as
// with `on-*`.
var wildcards = [...]*strings.Replacer{strings.NewReplacer("*", "", "?", "x"), strings.NewReplacer("*", "x", "?", "x")}

// concrete returns a legal label value that a pattern matches. ok is false if there is none.
func concrete(pattern *profiles.Pattern) (value string, ok bool) {
	for _, w := range wildcards {
		value = pattern.String()
		if !pattern.Literal() {
			value = w.Replace(value)
		}
		if len(validation.IsValidLabelValue(value)) == 0 && pattern.Match(value) {
			return value, true
		}
	}
	return "", false
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
