package owner

import (
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clienttesting "k8s.io/client-go/testing"

	"fargate-webhook/internal/kube/kubetest"
)

func TestRole(t *testing.T) {
	role := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Namespace: "own", Name: "hook", UID: "u-1"}}
	resource := schema.GroupResource{Group: rbacv1.GroupName, Resource: "roles"}
	owned := []metav1.OwnerReference{{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "Role", Name: "hook", UID: "u-1"}}
	for name, test := range map[string]struct {
		err  error
		want []metav1.OwnerReference
		ok   bool
	}{
		"there":            {nil, owned, true},
		"none":             {apierrors.NewNotFound(resource, "hook"), nil, true},
		"no right to look": {apierrors.NewForbidden(resource, "hook", nil), nil, true},
		"no answer":        {apierrors.NewServiceUnavailable("down"), nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			client := kubetest.NewClient(role)
			client.PrependReactor("get", "roles", func(clienttesting.Action) (bool, runtime.Object, error) { return test.err != nil, nil, test.err })
			got, err := Role(client, "own", "hook").Get(t.Context())
			if (err == nil) != test.ok || !slices.Equal(got, test.want) {
				t.Errorf("got %+v, %v", got, err)
			}
			if err != nil && !strings.Contains(err.Error(), "own/hook") {
				t.Errorf("the error does not name the Role: %v", err)
			}
		})
	}
	if got, err := References(nil).Get(t.Context()); got != nil || err != nil {
		t.Errorf("nil: got %v, %v", got, err)
	}
}
