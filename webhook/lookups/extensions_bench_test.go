package lookups

import (
	"context"
	"maps"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	dynamicfake "k8s.io/client-go/dynamic/fake"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/kinds"
)

// fakeDiscovery is the discovery of a fake API server.
type fakeDiscovery struct {
	mutex sync.Mutex
	// served are the resources by group and version.
	served map[string][]string
	// failure is returned instead, unless it is nil.
	failure error
	asked   int
}

// times returns how often it was asked.
func (d *fakeDiscovery) times() int {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return d.asked
}

func (d *fakeDiscovery) ServerResourcesForGroupVersion(_ context.Context, groupVersion string) (*metav1.APIResourceList, error) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.asked++
	if d.failure != nil {
		return nil, d.failure
	}
	resources, ok := d.served[groupVersion]
	if !ok {
		return nil, apierrors.NewGenericServerResponse(http.StatusNotFound, "get", schema.GroupResource{}, "", "", 0, false)
	}
	list := &metav1.APIResourceList{GroupVersion: groupVersion}
	for _, name := range resources {
		list.APIResources = append(list.APIResources, metav1.APIResource{Name: name})
	}
	return list, nil
}

// serve sets the resources of each version, or the error that is returned instead.
func (d *fakeDiscovery) serve(failure error, served map[string][]string) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.failure, d.served = failure, maps.Clone(served)
}

// sized is the type of the optional kinds of these tests.
type sized struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		Size string `json:"size"`
	} `json:"spec"`
}

// DeepCopyObject returns a deep copy.
func (s *sized) DeepCopyObject() runtime.Object {
	out := *s
	s.DeepCopyInto(&out.ObjectMeta)
	return &out
}

// ringKind returns a namespaced kind.
func ringKind() *cluster.Kind {
	return &cluster.Kind{
		Group: "parts.test", Version: "v1", Kind: "Ring", Resource: "rings", Namespaced: true, Optional: true,
		New: func() cluster.Object { return &sized{} },
	}
}

func resourceOf(k *cluster.Kind) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: k.Group, Version: k.Version, Resource: k.Resource}
}

// extensionsBench is extensions of a fake API server that may serve a judged kind, gears, and two
// that are looked up: widgets, which have no namespace, and rings.
type extensionsBench struct {
	*extensions
	lookups        *Lookups
	gears          *kinds.Kind
	widgets, rings *cluster.Kind
	api            *fakeDiscovery
	custom         *dynamicfake.FakeDynamicClient
	logged         *observer.ObservedLogs
}

// runExtensions starts extensions in the bubble, and returns a function that stops them.
func runExtensions(t *testing.T, failure error, served map[string][]string, parts ...*unstructured.Unstructured) (b extensionsBench, stop func()) {
	t.Helper()
	b.gears = &kinds.Kind{Group: "parts.test", Versions: []string{"v2", "v1"}, Kind: "Gear", Resource: "gears", Optional: true}
	b.rings, b.widgets = ringKind(), ringKind()
	b.widgets.Kind, b.widgets.Resource, b.widgets.Namespaced = "Widget", "widgets", false
	b.api = &fakeDiscovery{}
	b.api.serve(failure, served)
	b.custom = dynamicfake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), map[schema.GroupVersionResource]string{
		resourceOf(b.widgets): "WidgetList", resourceOf(b.rings): "RingList",
	})
	for _, object := range parts {
		if err := b.custom.Tracker().Add(object); err != nil {
			t.Fatal(err)
		}
	}
	core, logged := observer.New(zap.InfoLevel)
	b.logged = logged
	b.extensions = newExtensions(b.api, b.custom, []*kinds.Kind{b.gears}, []*cluster.Kind{b.widgets, b.rings}, zap.New(core))
	b.lookups = &Lookups{extensions: b.extensions}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		b.run(ctx)
	}()
	synctest.Wait()
	return b, func() {
		cancel()
		<-ended
	}
}

// later waits until the next discovery.
func later() {
	time.Sleep(discoveryInterval)
	synctest.Wait()
}

// hasNotice takes the notice of a change, if there is one.
func (b extensionsBench) hasNotice() bool {
	select {
	case <-b.changes:
		return true
	default:
		return false
	}
}

// part returns an object as the API server has it, with labels.
func part(kind, namespace, name string, size any) *unstructured.Unstructured {
	object := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "parts.test/v1", "kind": kind, "spec": map[string]any{"size": size, "color": "red"},
	}}
	object.SetName(name)
	object.SetNamespace(namespace)
	object.SetLabels(map[string]string{"a": "b"})
	return object
}

// everything is all that the bench knows.
func everything() map[string][]string {
	return map[string][]string{"parts.test/v1": {"widgets", "rings", "gears"}, "parts.test/v2": {"gears"}}
}
