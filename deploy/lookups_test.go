package deploy

import (
	"slices"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"

	"fargate-webhook/fargate/cluster"
)

// The ClusterRole allows list and watch of every kind that decisions look up, and nothing else in
// all namespaces.
func TestRightsFollowTheKindsThatAreLookedUp(t *testing.T) {
	type resource struct{ group, name string }
	want := map[resource]bool{}
	for _, kind := range cluster.Kinds {
		want[resource{kind.Group, kind.Resource}] = true
	}
	for _, rule := range named[*rbacv1.ClusterRole](t, "fargate-webhook").Rules {
		if !slices.Equal(rule.Verbs, []string{"list", "watch"}) {
			t.Errorf("%v of %v", rule.Verbs, rule.Resources)
		}
		for _, group := range rule.APIGroups {
			for _, name := range rule.Resources {
				if !want[resource{group, name}] {
					t.Errorf("%s of group %q may be listed, and are not looked up", name, group)
				}
				delete(want, resource{group, name})
			}
		}
	}
	for r := range want {
		t.Errorf("%s of group %q are looked up, and must not be listed", r.name, r.group)
	}
}
