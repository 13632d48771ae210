package registration

import (
	"errors"
	"strings"
	"testing"

	discoveryv1 "k8s.io/api/discovery/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clienttesting "k8s.io/client-go/testing"

	"fargate-webhook/internal/kube/kubetest"
	"fargate-webhook/policy"
)

// endpoints makes an EndpointSlice of a Service, with one endpoint for each condition.
func endpoints(namespace, service string, ready ...*bool) *discoveryv1.EndpointSlice {
	slice := &discoveryv1.EndpointSlice{ObjectMeta: metav1.ObjectMeta{
		Namespace: namespace, Name: service + "-x", Labels: map[string]string{discoveryv1.LabelServiceName: service},
	}}
	for _, each := range ready {
		slice.Endpoints = append(slice.Endpoints, discoveryv1.Endpoint{Conditions: discoveryv1.EndpointConditions{Ready: each}})
	}
	return slice
}

func TestServiceReachable(t *testing.T) {
	for _, test := range []struct {
		name   string
		slices []runtime.Object
		want   bool
	}{
		{"no slice", nil, false},
		{"no endpoint", []runtime.Object{endpoints("own", "hook")}, false},
		{"none ready", []runtime.Object{endpoints("own", "hook", new(false), new(false))}, false},
		{"one ready", []runtime.Object{endpoints("own", "hook", new(false), new(true))}, true},
		{"not known, which means ready", []runtime.Object{endpoints("own", "hook", nil)}, true},
		{"another Service's", []runtime.Object{endpoints("own", "other", new(true))}, false},
		{"another namespace's", []runtime.Object{endpoints("other", "hook", new(true))}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := ServiceReachable(kubetest.NewClient(test.slices...), "own", "hook")(t.Context())
			if (err == nil) != test.want {
				t.Errorf("got %v", err)
			}
			if err != nil && !strings.Contains(err.Error(), "own/hook") {
				t.Errorf("the error does not name the Service: %v", err)
			}
		})
	}
	client := kubetest.NewClient()
	refused := errors.New("refused")
	client.PrependReactor("list", "endpointslices", func(clienttesting.Action) (bool, runtime.Object, error) { return true, nil, refused })
	if err := ServiceReachable(client, "own", "hook")(t.Context()); !errors.Is(err, refused) || !strings.Contains(err.Error(), "own/hook") {
		t.Errorf("got %v", err)
	}
}

func TestOwnedBy(t *testing.T) {
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "fargate-webhook", UID: "u-2"}}
	options := Options{ExemptNamespaces: []string{"own"}, Policy: policyWith(policy.Warn, false)}
	owned, err := OwnedBy(kubetest.NewClient(role), role.Name, options)(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := metav1.OwnerReference{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "ClusterRole", Name: role.Name, UID: "u-2"}
	if owned.Owner == nil || *owned.Owner != want || len(owned.ExemptNamespaces) != len(options.ExemptNamespaces) {
		t.Errorf("got %+v", owned)
	}
	if options.Owner != nil {
		t.Error("the options given were changed")
	}
	resource := schema.GroupResource{Group: rbacv1.GroupName, Resource: "clusterroles"}
	for _, test := range []struct {
		name string
		err  error
		ok   bool
	}{
		{"none", apierrors.NewNotFound(resource, role.Name), true},
		{"no right to look", apierrors.NewForbidden(resource, role.Name, nil), true},
		{"no answer", apierrors.NewServiceUnavailable("down"), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			client := kubetest.NewClient()
			client.PrependReactor("get", "clusterroles", func(clienttesting.Action) (bool, runtime.Object, error) { return true, nil, test.err })
			got, err := OwnedBy(client, role.Name, options)(t.Context())
			if (err == nil) != test.ok || got.Owner != nil {
				t.Errorf("got %+v, %v", got, err)
			}
			if err != nil && !strings.Contains(err.Error(), role.Name) {
				t.Errorf("the error does not name the ClusterRole: %v", err)
			}
		})
	}
}
