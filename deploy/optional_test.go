package deploy

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
)

// What may be granted besides is one right a file, to the webhook.
func TestOptionalRights(t *testing.T) {
	account := named[*rbacv1.ClusterRoleBinding](t, "fargate-webhook").Subjects
	want := map[string]rbacv1.PolicyRule{
		"recreate-pods.yaml":     {APIGroups: []string{""}, Resources: []string{"pods/eviction"}, Verbs: []string{"create"}},
		"profiles-from-ack.yaml": {APIGroups: []string{"eks.services.k8s.aws"}, Resources: []string{"fargateprofiles"}, Verbs: []string{"list", "watch"}},
	}
	files, err := filepath.Glob(filepath.Join("optional", "*.yaml"))
	if err != nil || len(files) != len(want) {
		t.Fatalf("there are %v, %v; want %d", files, err, len(want))
	}
	for name, rule := range want {
		objects := objectsOf(t, filepath.Join("optional", name))
		if len(objects) != 2 {
			t.Fatalf("%s: %d objects", name, len(objects))
		}
		role, isRole := objects[0].(*rbacv1.ClusterRole)
		binding, isBinding := objects[1].(*rbacv1.ClusterRoleBinding)
		if !isRole || !isBinding {
			t.Fatalf("%s: a %T and a %T", name, objects[0], objects[1])
		}
		if diff := cmp.Diff([]rbacv1.PolicyRule{rule}, role.Rules); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(account, binding.Subjects); diff != "" || binding.RoleRef.Name != role.Name || binding.RoleRef.Kind != "ClusterRole" {
			t.Errorf("%s: it is of role %+v, and of (-want +got):\n%s", name, binding.RoleRef, diff)
		}
	}
}
