package file

import (
	"testing"

	"fargate-webhook/fargate/rules/catalog"
	"fargate-webhook/policy"
)

// A field that sets the action of a rule names a rule that exists, and sets a switch of its own.
func TestShorthandsNameRules(t *testing.T) {
	fields, named := map[string]bool{}, map[policy.RuleID]bool{}
	for i := range shorthands {
		h := &shorthands[i]
		if catalog.ByID(h.rule) == nil {
			t.Errorf("%s sets rule %q, which doesn't exist", h.field, h.rule)
		}
		if fields[h.field] || named[h.rule] {
			t.Errorf("%s or rule %s has two shorthands", h.field, h.rule)
		}
		fields[h.field], named[h.rule] = true, true
		s, others := policy.Settings{}, 0
		*h.changes(&s) = true
		for k := range shorthands {
			if *shorthands[k].changes(&s) {
				others++
			}
		}
		if others != 1 {
			t.Errorf("%s: %s shares its setting with another field", h.field, h.change)
		}
	}
}
