package objects

import (
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
)

// A policy that allows everything in each of its directions restricts nothing anywhere.
func TestAllowsAll(t *testing.T) {
	const in, out = networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress
	anyone, peers := networkingv1.NetworkPolicyIngressRule{}, networkingv1.NetworkPolicyIngressRule{From: make([]networkingv1.NetworkPolicyPeer, 1)}
	anywhere, ports := networkingv1.NetworkPolicyEgressRule{}, networkingv1.NetworkPolicyEgressRule{Ports: make([]networkingv1.NetworkPolicyPort, 1)}
	type (
		types  = []networkingv1.PolicyType
		from   = []networkingv1.NetworkPolicyIngressRule
		to     = []networkingv1.NetworkPolicyEgressRule
		policy = networkingv1.NetworkPolicySpec
	)
	for name, c := range map[string]struct {
		spec policy
		all  bool
	}{
		"default deny":               {policy{}, false},
		"default, anyone":            {policy{Ingress: from{anyone}}, true},
		"default, egress too":        {policy{Ingress: from{anyone}, Egress: to{ports}}, false},
		"default, both":              {policy{Ingress: from{anyone}, Egress: to{anywhere}}, true},
		"ingress from peers":         {policy{PolicyTypes: types{in}, Ingress: from{peers}}, false},
		"ingress from peers and all": {policy{PolicyTypes: types{in}, Ingress: from{peers, anyone}}, true},
		"both, egress denied":        {policy{PolicyTypes: types{in, out}, Ingress: from{anyone}}, false},
		"egress":                     {policy{PolicyTypes: types{out}, Egress: to{anywhere}}, true},
		"egress to ports":            {policy{PolicyTypes: types{out}, Egress: to{ports}}, false},
	} {
		if got := AllowsAll(&c.spec); got != c.all {
			t.Errorf("%s: %v, want %v", name, got, c.all)
		}
	}
}
