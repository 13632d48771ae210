// Package catalog holds all rules: those about pods, and those about other objects.
package catalog

import (
	"slices"

	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/rules/objects"
	"fargate-webhook/policy"
)

// all are the rules, in the order in which their findings are reported.
var all = slices.Concat(rules.OfPods(), objects.All())

// All returns all rules, in the order in which their findings are reported. The caller must not
// change them.
func All() []*rules.Rule { return slices.Clone(all) }

// ByID returns the rule with an id, nil if there is none.
func ByID(id policy.RuleID) *rules.Rule {
	for _, r := range all {
		if r.ID == id {
			return r
		}
	}
	return nil
}
