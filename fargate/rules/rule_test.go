package rules

import (
	"testing"

	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/policy"
)

func TestSettingsSetTheAction(t *testing.T) {
	pod := fixtures.Pod()
	pod.Spec.HostPID = true
	for set, want := range map[policy.Action]policy.Action{"": policy.Deny, policy.Deny: policy.Deny, policy.Warn: policy.Warn, policy.Off: policy.Off} {
		p := onFargate(pod)
		if set != "" {
			p.Settings.Rules = map[policy.RuleID]policy.Action{HostNamespaces.ID: set, Privileged.ID: policy.Off}
		}
		if got := HostNamespaces.Action(p.Settings); got != want {
			t.Errorf("set to %q: action %s, want %s", set, got, want)
		}
		violations := CheckPod(p, false)
		if want == policy.Off {
			checkRules(t, violations)
			continue
		}
		checkRules(t, violations, HostNamespaces)
		for i := range violations {
			if violations[i].Action != want || violations[i].Fix != HostNamespaces.Fix {
				t.Errorf("set to %q: %+v", set, violations[i])
			}
		}
	}
}

// What isn't certain is never refused, whatever the policy.
func TestWarnOnlyIsNeverDenied(t *testing.T) {
	for action, want := range map[policy.Action]policy.Action{policy.Deny: policy.Warn, policy.Warn: policy.Warn} {
		rule := &Rule{ID: "x", Default: action, Fix: "its own"}
		found := rule.check(&policy.Settings{}, func() []Violation {
			return []Violation{{WarnOnly: true}, {Fix: "another"}}
		})
		if found[0].Action != want || found[1].Action != action || found[0].Fix != "its own" || found[1].Fix != "another" {
			t.Errorf("%s: %+v", action, found)
		}
	}
	off := &Rule{ID: "x", Default: policy.Off}
	if found := off.check(&policy.Settings{}, func() []Violation { t.Error("a rule that is off is checked"); return nil }); found != nil {
		t.Errorf("%+v", found)
	}
}
