package deploy

import (
	"slices"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
)

// Only where the webhook keeps its CA in a Secret may it create or read one.
func TestChartRightsOnSecrets(t *testing.T) {
	for _, set := range valueSets(t) {
		found := false
		for _, object := range render(t, set) {
			role, ok := object.(*rbacv1.Role)
			if !ok {
				continue
			}
			for _, rule := range role.Rules {
				found = found || slices.Contains(rule.Resources, "secrets")
			}
		}
		if want := set != "cert-manager"; found != want {
			t.Errorf("%s: rights on Secrets: %t; want %t", set, found, want)
		}
	}
}
