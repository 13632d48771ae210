package kube_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/rest"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/internal/kube"
)

// recorder is an API server that has nothing, and notes what it is asked.
type recorder struct {
	asked  string // method and URL of the last request
	accept string
	body   []byte
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.asked, r.accept = request.Method+" "+request.URL.String(), request.Header.Get("Accept")
	r.body, _ = io.ReadAll(request.Body)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusNotFound)
	_ = json.NewEncoder(w).Encode(&metav1.Status{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"}, Status: metav1.StatusFailure, Reason: metav1.StatusReasonNotFound, Code: http.StatusNotFound,
	})
}

func recorded(t *testing.T) (*recorder, *kube.Client) {
	t.Helper()
	r := &recorder{}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	client, err := kube.NewClient(&rest.Config{Host: server.URL, QPS: -1})
	if err != nil {
		t.Fatal(err)
	}
	return r, client
}

func get[T, L any](of kube.Resource[T, L]) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := of.Get(ctx, "x", metav1.GetOptions{})
		return err
	}
}

// Every kind has its path, and what isn't there is recognized as such.
func TestKindsHaveTheirPaths(t *testing.T) {
	r, client := recorded(t)
	for path, ask := range map[string]func(context.Context) error{
		"GET /api/v1/namespaces/own/configmaps/x":                                            get(client.ConfigMaps("own")),
		"GET /api/v1/namespaces/own/secrets/x":                                               get(client.Secrets("own")),
		"GET /api/v1/namespaces/x":                                                           get(client.Namespaces()),
		"GET /api/v1/namespaces/own/events/x":                                                get(client.PodEvents("own")),
		"GET /apis/events.k8s.io/v1/namespaces/own/events/x":                                 get(client.Events("own")),
		"GET /apis/apps/v1/namespaces/own/deployments/x":                                     get(client.Deployments("own")),
		"GET /apis/discovery.k8s.io/v1/namespaces/own/endpointslices/x":                      get(client.EndpointSlices("own")),
		"GET /apis/rbac.authorization.k8s.io/v1/namespaces/own/roles/x":                      get(client.Roles("own")),
		"GET /apis/rbac.authorization.k8s.io/v1/clusterroles/x":                              get(client.ClusterRoles()),
		"GET /apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/x":          get(client.MutatingWebhookConfigurations()),
		"GET /apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/x":        get(client.ValidatingWebhookConfigurations()),
		"GET /apis/coordination.k8s.io/v1/namespaces/own/leases/x":                           get(client.Leases("own")),
		"POST /api/v1/namespaces/own/pods/x/eviction":                                        evict(client),
		"GET /apis/keda.sh/v1alpha1":                                                         discover(client, "keda.sh/v1alpha1"),
		"GET /apis":                                                                          groups(client),
		"GET /api/v1":                                                                        discover(client, "v1"),
		"PATCH /api/v1/namespaces/own/configmaps/x?dryRun=All&fieldManager=tests&force=true": apply(client),
	} {
		if err := ask(t.Context()); !apierrors.IsNotFound(err) {
			t.Errorf("%s: %v, want that it isn't there", path, err)
		}
		if r.asked != path {
			t.Errorf("asked %s, want %s", r.asked, path)
		}
		if !strings.HasPrefix(r.accept, "application/vnd.kubernetes.protobuf") && !strings.HasPrefix(path, "PATCH") {
			t.Errorf("%s: accepts %q", path, r.accept)
		}
	}
}

func evict(client kube.Interface) func(context.Context) error {
	return func(ctx context.Context) error {
		return client.Evict(ctx, &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Namespace: "own", Name: "x"}})
	}
}

func discover(client kube.Interface, version string) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := client.ServerResourcesForGroupVersion(ctx, version)
		return err
	}
}

func groups(client kube.Interface) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := client.Groups(ctx)
		return err
	}
}

func apply(client kube.Interface) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := client.ConfigMaps("own").Apply(ctx, applycorev1.ConfigMap("x", "own"),
			metav1.ApplyOptions{FieldManager: "tests", Force: true, DryRun: []string{metav1.DryRunAll}})
		return err
	}
}

// A ListerWatcher asks for one namespace and a selector, or for all.
func TestListerWatcher(t *testing.T) {
	r, client := recorded(t)
	secrets := client.ListerWatcher(corev1.SchemeGroupVersion.WithResource("secrets"), "own", "metadata.name=ca")
	if _, err := secrets.List(metav1.ListOptions{}); !apierrors.IsNotFound(err) { //nolint:staticcheck // as an informer of a fake does
		t.Error(err)
	}
	if want := "GET /api/v1/namespaces/own/secrets?fieldSelector=metadata.name%3Dca"; r.asked != want {
		t.Errorf("asked %s, want %s", r.asked, want)
	}
}

// Every kind that decisions look up, and that every API server serves, has types here.
func TestListerWatcherOfEveryKind(t *testing.T) {
	_, client := recorded(t)
	kinds := slices.DeleteFunc(slices.Clone(cluster.Kinds), func(k *cluster.Kind) bool { return k.Optional || k.GivenOnly })
	if len(kinds) < 15 {
		t.Fatalf("only %d kinds", len(kinds))
	}
	for _, k := range kinds {
		if client.ListerWatcher(k.GroupVersionResource(), "", "") == nil {
			t.Errorf("%s has none", k.Resource)
		}
	}
}
