package deploy

import (
	"maps"
	"slices"
	"strings"
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

// With a static registration the webhook may read both configurations, so that it changes over to a
// new CA only once that is registered, and write neither.
func TestChartRightsOfStaticRegistration(t *testing.T) {
	verbs := map[string][]string{}
	for _, object := range render(t, "static") {
		role, ok := object.(*rbacv1.ClusterRole)
		if !ok {
			continue
		}
		for _, rule := range role.Rules {
			for _, resource := range rule.Resources {
				if strings.HasSuffix(resource, "webhookconfigurations") {
					verbs[resource] = append(verbs[resource], rule.Verbs...)
				}
			}
		}
	}
	want := map[string][]string{"mutatingwebhookconfigurations": {"get"}, "validatingwebhookconfigurations": {"get"}}
	if !maps.EqualFunc(verbs, want, slices.Equal) {
		t.Errorf("rights %v; want %v", verbs, want)
	}
}
