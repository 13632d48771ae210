// Package lint finds the problems of a cluster's Fargate profiles, also those that come from the
// policy: which labels the webhook adds, and where it chooses between profiles. It is a pure
// function of the profiles and the policy.
package lint

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// Problems returns the problems of profiles, those that don't depend on the policy first.
func Problems(list []profiles.Profile, p *policy.Policy) []profiles.Problem {
	index := profiles.NewIndex(list)
	problems := profiles.Problems(list)
	wrong := map[selector]bool{}
	for i := range problems {
		wrong[selector{problems[i].Profile, problems[i].Selector}] = true
	}
	l := linter{index: index, policy: p, wrong: wrong}
	return slices.Concat(problems, l.equallyNear(), l.selectors())
}

// WithoutNotes returns what is wrong, without notes.
func WithoutNotes(problems []profiles.Problem) []profiles.Problem {
	return slices.DeleteFunc(slices.Clone(problems), func(p profiles.Problem) bool { return p.Note })
}

// selector names a selector by its profile, and its order there.
type selector struct {
	profile string
	order   int
}

type linter struct {
	index  *profiles.Index
	policy *policy.Policy
	// wrong are the selectors with a problem already.
	wrong map[selector]bool
}

// adds returns which labels the webhook adds to pods of a namespace; ok is false where it adds none.
func (l *linter) adds(namespace string) (adds placement.Adds, ok bool) {
	settings := l.policy.For(namespace)
	ok = settings.Labels == policy.LabelsInject && settings.Mode != policy.ModeObserve && !l.policy.Exempts(namespace, "", nil)
	return placement.AddsOf(settings), ok
}

// place is a namespace in which pods are placed to see what becomes of them.
type place struct {
	namespace string
	// pattern is what it is an example of, if no selector names the namespace; else "".
	pattern string
}

// places returns the namespaces that selectors name, and an example of each pattern.
func (l *linter) places() []place {
	names, patterns := l.index.Namespaces()
	list := make([]place, 0, len(names)+len(patterns))
	seen := map[string]bool{"": true}
	for _, name := range names {
		seen[name] = true
		list = append(list, place{namespace: name})
	}
	for _, pattern := range patterns {
		if name := example(pattern); !seen[name] {
			seen[name] = true
			list = append(list, place{namespace: name, pattern: pattern})
		}
	}
	return list
}

// example returns a namespace that a pattern matches, "" if none is found.
func example(pattern string) string {
	for _, star := range [...]string{"example", "x", ""} {
		name := strings.NewReplacer("*", star, "?", "x").Replace(pattern)
		if len(validation.IsDNS1123Label(name)) == 0 {
			return name
		}
	}
	return ""
}
