package fargate_test

import (
	"cmp"
	"slices"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/rules/catalog"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// fixtureIndex returns the profile that the fixtures are made for.
func fixtureIndex() *profiles.Index {
	return profiles.NewIndex([]profiles.Profile{
		fargatetest.Profile(fixtures.Profile, fargatetest.Selects(fixtures.Namespace, fixtures.Label, fixtures.Value)),
	})
}

// checkFoundBy compares the rules of findings, in order.
func checkFoundBy(t *testing.T, findings []rules.Finding, want ...*rules.Rule) {
	t.Helper()
	got, ids := make([]policy.RuleID, 0, len(findings)), make([]policy.RuleID, 0, len(want))
	for i := range findings {
		got = append(got, findings[i].Rule)
	}
	for _, rule := range want {
		ids = append(ids, rule.ID)
	}
	if !slices.Equal(got, ids) {
		t.Errorf("got %+v, want findings of the rules %q", findings, ids)
	}
}

// clusterOf returns the cluster of a fixture.
func clusterOf(f *fixtures.Fixture) *fargatetest.Cluster {
	reader := &fargatetest.Cluster{Manifests: f.Offline}
	for _, object := range f.Cluster {
		if o, ok := object.(metav1.Object); ok {
			reader.Objects = append(reader.Objects, o)
		}
	}
	return reader
}

// decideFixture decides about a fixture in each phase that reports findings.
func decideFixture(t *testing.T, f *fixtures.Fixture) []fargate.Decision {
	t.Helper()
	p := policy.Default()
	p.Workloads = policy.Deny
	if f.JoinsAllowed {
		p.LabelJoins = policy.LabelJoinsAllow
	}
	if f.FargateOnly {
		p.Nodes = policy.NodesFargateOnly
	}
	phases := []fargate.Phase{fargate.WholeAdmission, fargate.Validating}
	if f.Final {
		phases = []fargate.Phase{fargate.Validating}
	}
	if f.Offline {
		phases = []fargate.Phase{fargate.WholeAdmission}
	}
	reader := clusterOf(f)
	var all []fargate.Decision
	for _, phase := range phases {
		request := fargate.Request{Operation: fargate.OperationCreate, Phase: phase, Namespace: cmp.Or(f.Namespace, fixtures.Namespace), Cluster: reader, Offline: f.Offline}
		if f.Old != nil {
			request.Operation, request.Old, request.SubResource = fargate.OperationUpdate, f.Old, f.SubResource
		}
		all = append(all, fargate.Decide(f.Object, request, fixtureIndex(), &p))
	}
	return all
}

// Each fixture has a finding of its own rule if it wants one, and of no other rule.
func TestFixtures(t *testing.T) {
	for _, f := range fixtures.All() {
		t.Run(f.Rule+"/"+f.Name, func(t *testing.T) {
			for _, d := range decideFixture(t, &f) {
				if f.Want && len(d.Findings) == 0 {
					t.Errorf("no finding (%s)", d.Placement.Reason)
				}
				for i := range d.Findings {
					if found := &d.Findings[i]; !f.Want || found.Rule != policy.RuleID(f.Rule) {
						t.Errorf("[%s] %s: %s", found.Rule, found.Field, found.Message)
					}
				}
			}
		})
	}
}

// Each rule has a fixture with a finding and one without: otherwise it isn't tested.
func TestEveryRuleHasFixtures(t *testing.T) {
	names, fails, passes := map[string]bool{}, map[policy.RuleID]int{}, map[policy.RuleID]int{}
	for _, f := range fixtures.All() {
		id := policy.RuleID(f.Rule)
		if name := f.Rule + "/" + f.Name; names[name] {
			t.Errorf("two fixtures are called %s", name)
		} else {
			names[name] = true
		}
		if catalog.ByID(id) == nil {
			t.Errorf("fixture %q is about rule %q, which doesn't exist", f.Name, id)
		}
		if f.Want {
			fails[id]++
		} else {
			passes[id]++
		}
	}
	for _, rule := range catalog.All() {
		if fails[rule.ID] == 0 || passes[rule.ID] == 0 {
			t.Errorf("rule %s has %d fixtures with a finding and %d without", rule.ID, fails[rule.ID], passes[rule.ID])
		}
	}
}
