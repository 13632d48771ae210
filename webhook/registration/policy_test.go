package registration

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

func TestOptionsForPolicy(t *testing.T) {
	p := policyWith(policy.Deny, true)
	p.Exempt.Namespaces = []profiles.Pattern{profiles.NewPattern("ci"), profiles.NewPattern("team-*")}
	target := Target{ServiceNamespace: "own", ServiceName: "hook"}
	want := Options{Target: target, Namespace: "own", ExemptNamespaces: []string{"ci", "own"}, Policy: p}
	if diff := cmp.Diff(want, OptionsFor(p, target, "own"), cmp.Comparer(func(a, b *policy.Policy) bool { return a == b })); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
