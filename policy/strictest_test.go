package policy

import "testing"

func TestStrictestWorkloads(t *testing.T) {
	for _, c := range []struct {
		own  Action
		more []Action
		want Action
	}{
		{Warn, nil, Warn},
		{Off, nil, Off},
		{Off, []Action{Off, Warn}, Warn},
		{Warn, []Action{Off}, Warn},
		{Off, []Action{Deny, Warn, Off}, Deny},
		{Deny, []Action{Warn}, Deny},
	} {
		policy := Policy{Settings: Settings{Workloads: c.own}}
		for _, action := range c.more {
			policy.Namespaces = append(policy.Namespaces, NamespaceSettings{Settings: Settings{Workloads: action}})
		}
		if got := policy.StrictestWorkloads(); got != c.want {
			t.Errorf("%s and %v: got %s, want %s", c.own, c.more, got, c.want)
		}
	}
}
