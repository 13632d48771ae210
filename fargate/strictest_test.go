package fargate

import "testing"

// The strictest of all settings says what the API server has to be told.
func TestStrictestWorkloads(t *testing.T) {
	for _, c := range []struct {
		own  Action
		more []Action
		want Action
	}{
		{ActionWarn, nil, ActionWarn},
		{ActionOff, nil, ActionOff},
		{ActionOff, []Action{ActionOff, ActionWarn}, ActionWarn},
		{ActionWarn, []Action{ActionOff}, ActionWarn},
		{ActionOff, []Action{ActionDeny, ActionWarn, ActionOff}, ActionDeny},
		{ActionDeny, []Action{ActionWarn}, ActionDeny},
	} {
		policy := Policy{Settings: Settings{Workloads: c.own}}
		for _, action := range c.more {
			policy.Namespaces = append(policy.Namespaces, NamespaceSettings{Settings: Settings{Workloads: action}})
		}
		if got := policy.StrictestWorkloads(); got != c.want {
			t.Errorf("%s and %v: have %s", c.own, c.more, got)
		}
	}
}
