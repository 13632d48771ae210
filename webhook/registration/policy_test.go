package registration

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"fargate-webhook/fargate"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

func TestOptionsForPolicy(t *testing.T) {
	policy := policy.Default()
	policy.Workloads, policy.DaemonSets, policy.NodePortServices = policy.Deny, fargate.DaemonSetsSteer, fargate.NodePortServicesClusterIP
	policy.Exempt.Namespaces = []profiles.Pattern{profiles.NewPattern("ci"), profiles.NewPattern("team-*")}
	target := Target{ServiceNamespace: "own", ServiceName: "hook"}
	want := Options{Target: target, ExemptNamespaces: []string{"ci", "own"}, Workloads: policy.Deny, Steers: true, RewritesNodePorts: true}
	if diff := cmp.Diff(want, OptionsFor(&policy, target, "own")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
