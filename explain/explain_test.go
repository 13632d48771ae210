package explain_test

import (
	"strings"
	"testing"

	"fargate-webhook/explain"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
)

// Each rule says all that its page has to: what, why, how that is known, how
// to mend it and how to switch it off.
func TestEveryRuleHasAPage(t *testing.T) {
	rules := rules.All()
	known := map[policy.RuleID]bool{}
	for i := range rules {
		rule := &rules[i]
		if known[rule.ID] {
			t.Errorf("%s is there twice", rule.ID)
		}
		known[rule.ID] = true
		for what, text := range map[string]string{"Title": rule.Title, "What": rule.What, "Why": rule.Why, "Remedy": rule.Remedy, "Sources": strings.Join(rule.Sources, "")} {
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s has no %s", rule.ID, what)
			}
		}
		if rule.Default != policy.Deny && rule.Default != policy.Warn {
			t.Errorf("%s is %s by default", rule.ID, rule.Default)
		}
		page := explain.Text(rule)
		for _, want := range []string{string(rule.ID) + ": " + rule.Title, "WHAT", "WHY", "HOW THAT IS KNOWN", "HOW TO MEND IT", "HOW TO SWITCH IT OFF", "    " + string(rule.ID) + ": Off", "compute-type: ec2"} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: %q is not on its page", rule.ID, want)
			}
		}
		for line := range strings.Lines(page) {
			if strings.HasPrefix(line, " ") && !strings.Contains(line, "Off   #") && len([]rune(line)) > 81 && strings.Count(strings.TrimSpace(line), " ") > 1 {
				t.Errorf("%s: a line of %d characters: %s", rule.ID, len(line), line)
			}
		}
		if !strings.Contains(explain.List(rules), string(rule.ID)) || !strings.Contains(explain.Markdown(rules), "\n## "+string(rule.ID)+"\n") {
			t.Errorf("%s is not in the list or in the document", rule.ID)
		}
	}
}
