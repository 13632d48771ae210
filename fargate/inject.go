package fargate

import (
	"fmt"
	"maps"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"fargate-webhook/profiles"
)

// candidate is a selector that a pod would meet with some more labels.
type candidate struct {
	labels map[string]string
	// concrete is true when a wildcard had to be given a value.
	concrete bool
}

// betterThan prefers fewer labels, then none made up from a wildcard. Ties go
// to the selector that comes first: by profile name, then its order there.
func (c candidate) betterThan(other candidate) bool {
	if len(c.labels) != len(other.labels) {
		return len(c.labels) < len(other.labels)
	}
	return !c.concrete && other.concrete
}

// injected finds the labels that take a pod to Fargate which doesn't match as
// it stands (step 4). A pod that a Fargate node or its scheduler could not
// take is left alone.
func (p placed) injected(selectors []*profiles.CompiledSelector, policy LabelsPolicy) Placement {
	if len(selectors) == 0 {
		return Placement{Reason: fmt.Sprintf("no ACTIVE Fargate profile selects namespace %q", p.namespace)}
	}
	if policy != LabelsInject {
		return Placement{Reason: "it has not all the labels of a selector, and the policy adds none"}
	}
	switch p.spec.SchedulerName {
	case "", corev1.DefaultSchedulerName, fargateScheduler:
	default:
		return Placement{Reason: fmt.Sprintf("it asks for scheduler %q", p.spec.SchedulerName)}
	}
	if !fargateNodeMeets(p.spec) {
		return Placement{Reason: "no Fargate node meets its operating system, node selector or required node affinity"}
	}
	var best *candidate
	for _, s := range selectors {
		c, ok := lacking(s, p.meta.Labels)
		if ok && (best == nil || c.betterThan(*best)) {
			best = &c
		}
	}
	if best == nil {
		return Placement{Reason: fmt.Sprintf("no selector for namespace %q can be met without changing a label it has", p.namespace)}
	}
	labels := maps.Clone(best.labels)
	maps.Copy(labels, p.meta.Labels)
	place, ok := p.matched(selectors, labels, best.labels, policy)
	if !ok {
		return Placement{Reason: "the labels that were to be added do not meet the selector"}
	}
	return place
}

// lacking lists the labels that the pod lacks for a selector. ok is false when
// that would mean to change a label it has (S24), to make up a label key from
// a wildcard (S2), or a label that Kubernetes doesn't allow.
func lacking(s *profiles.CompiledSelector, labels map[string]string) (c candidate, ok bool) {
	c.labels = map[string]string{}
	for i := range s.Labels {
		l := &s.Labels[i]
		if l.Matches(labels) {
			continue
		}
		key := l.Key.String()
		if _, taken := labels[key]; taken || !l.Key.Literal() || len(validation.IsQualifiedName(key)) > 0 {
			return candidate{}, false
		}
		value := l.Value.String()
		if !l.Value.Literal() {
			value = concrete(value)
			c.concrete = true
		}
		if len(validation.IsValidLabelValue(value)) > 0 || !l.Value.Match(value) {
			return candidate{}, false
		}
		c.labels[key] = value
	}
	return c, true
}

// concrete makes the shortest value that a wildcard pattern matches.
func concrete(pattern string) string {
	return strings.NewReplacer("*", "", "?", "x").Replace(pattern)
}
