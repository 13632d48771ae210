package policy

import "testing"

// A kind's own entry wins over the default one, and Observe everywhere over both.
func TestFailurePolicyAndTimeout(t *testing.T) {
	p := Default()
	if got, seconds := p.FailurePolicy("pods", FailurePolicyFail), p.Timeout("pods"); got != FailurePolicyFail || seconds != DefaultTimeout {
		t.Errorf("by default %s, %d s", got, seconds)
	}
	p.Calls = Calls{
		FailurePolicies: map[string]FailurePolicy{"pods": FailurePolicyFail, AllKinds: FailurePolicyIgnore},
		Timeouts:        map[string]int32{"pods": 2, AllKinds: 10},
	}
	for resource, want := range map[string]struct {
		failure FailurePolicy
		timeout int32
	}{"pods": {FailurePolicyFail, 2}, "services": {FailurePolicyIgnore, 10}} {
		if got, seconds := p.FailurePolicy(resource, FailurePolicyFail), p.Timeout(resource); got != want.failure || seconds != want.timeout {
			t.Errorf("%s: %s, %d s", resource, got, seconds)
		}
	}
	p.Mode = ModeObserve
	if got := p.FailurePolicy("pods", FailurePolicyFail); got != FailurePolicyIgnore {
		t.Errorf("Observe everywhere: %s", got)
	}
	p.Namespaces = []NamespaceSettings{{Settings: Settings{Mode: ModeEnforce}}}
	if got := p.FailurePolicy("pods", FailurePolicyIgnore); got != FailurePolicyFail {
		t.Errorf("Enforce in one namespace: %s", got)
	}
}
