package fargate

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/lbc"
	"fargate-webhook/profiles"
)

// fixtureIndex is the profile that the fixtures are made for.
func fixtureIndex() *profiles.Index {
	return profiles.NewIndex([]profiles.Profile{profile(fixtures.Profile, selects(fixtures.Namespace, fixtures.Label, fixtures.Value))})
}

// judgeFixture judges an object as it is created, in all phases that findings come from.
func judgeFixture(f *fixtures.Fixture) []Decision {
	policy := DefaultPolicy()
	policy.Workloads = ActionDeny
	phases := []Phase{WholeAdmission, Validating}
	if f.Final {
		phases = []Phase{Validating}
	}
	var all []Decision
	for _, phase := range phases {
		request := Request{Operation: OperationCreate, Phase: phase, Namespace: fixtures.Namespace, Cluster: fixtureCluster(f)}
		if f.Old != nil {
			request.Operation, request.Old, request.SubResource = OperationUpdate, f.Old, f.SubResource
		}
		all = append(all, Decide(f.Object, request, fixtureIndex(), &policy))
	}
	return all
}

// fixtureCluster holds the objects that a fixture needs.
func fixtureCluster(f *fixtures.Fixture) Cluster {
	cluster := fakeCluster{objects: map[string]runtime.Object{}}
	for _, object := range f.Cluster {
		switch o := object.(type) {
		case *corev1.PersistentVolume:
			cluster.objects["volume/"+o.Name] = o
		case *corev1.PersistentVolumeClaim:
			cluster.objects["claim/"+o.Namespace+"/"+o.Name] = o
		case *corev1.Service:
			cluster.objects["service/"+o.Namespace+"/"+o.Name] = o
		case *networkingv1.IngressClass:
			cluster.objects["ingressclass/"+o.Name] = o
		case *lbc.IngressClassParams:
			cluster.objects["params/"+o.Name] = o
		case metav1.Object: // what is only ever listed
			cluster.objects[fmt.Sprintf("%T/%s", o, o.GetName())] = object
		}
	}
	return cluster
}

// TestFixtures: what a rule's fixtures are there for, that rule finds, and no other finds anything.
func TestFixtures(t *testing.T) {
	for _, f := range fixtures.All() {
		t.Run(f.Rule+"/"+f.Name, func(t *testing.T) {
			for _, d := range judgeFixture(&f) {
				if f.Want && len(d.Findings) == 0 {
					t.Errorf("nothing is found (%s)", d.Placement.Reason)
				}
				for _, found := range d.Findings {
					if !f.Want || found.Rule != RuleID(f.Rule) {
						t.Errorf("found [%s] %s: %s", found.Rule, found.Field, found.Message)
					}
				}
			}
		})
	}
}

// TestEveryRuleHasFixtures: a rule that finds nothing in any fixture isn't tested, and one that finds something in all of them neither.
func TestEveryRuleHasFixtures(t *testing.T) {
	names, fails, passes := map[string]bool{}, map[RuleID]int{}, map[RuleID]int{}
	for _, f := range fixtures.All() {
		if name := f.Rule + "/" + f.Name; names[name] {
			t.Errorf("two fixtures are called %s", name)
		} else {
			names[name] = true
		}
		if f.Want {
			fails[RuleID(f.Rule)]++
		} else {
			passes[RuleID(f.Rule)]++
		}
	}
	known := map[RuleID]bool{}
	for _, rule := range Rules() {
		if known[rule.ID] {
			t.Errorf("rule %s is listed twice", rule.ID)
		}
		known[rule.ID] = true
		if fails[rule.ID] == 0 || passes[rule.ID] == 0 {
			t.Errorf("rule %s has %d fixtures that fail and %d that pass", rule.ID, fails[rule.ID], passes[rule.ID])
		}
	}
	for rule := range fails {
		if !known[rule] {
			t.Errorf("there are fixtures for a rule %q, and no such rule", rule)
		}
	}
}

// TestRulesExplainThemselves: each has all that its page needs.
func TestRulesExplainThemselves(t *testing.T) {
	for _, rule := range Rules() {
		if rule.Title == "" || rule.What == "" || rule.Why == "" || rule.Remedy == "" || len(rule.Sources) == 0 || rule.Default == "" {
			t.Errorf("rule %s lacks some of its texts or its action", rule.ID)
		}
	}
}
