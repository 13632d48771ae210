package lookups

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"strings"
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
	"k8s.io/client-go/discovery"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"
)

const (
	paramsVersion = "elbv2.k8s.aws/v1beta1"
	groupsV1      = "gateway.k8s.aws/v1"
	groupsBeta    = "gateway.k8s.aws/v1beta1"
)

func paramsResource() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "elbv2.k8s.aws", Version: "v1beta1", Resource: "ingressclassparams"}
}

// fakeDiscovery is an API server that is asked what it serves.
type fakeDiscovery struct {
	discovery.DiscoveryInterface

	mutex sync.Mutex
	// served are the resources by group and version.
	served map[string][]string
	// failure is what it answers instead, if it isn't nil.
	failure error
	asked   int
}

// times is how often it was asked.
func (d *fakeDiscovery) times() int {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return d.asked
}

func (d *fakeDiscovery) ServerResourcesForGroupVersion(groupVersion string) (*metav1.APIResourceList, error) {
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

// serve has it serve each version's resources from now on, and fail with an error that isn't nil.
func (d *fakeDiscovery) serve(failure error, served map[string][]string) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.failure, d.served = failure, maps.Clone(served)
}

// extensionsBench is extensions of a fake API server.
type extensionsBench struct {
	*extensions
	api    *fakeDiscovery
	custom *dynamicfake.FakeDynamicClient
	logged *observer.ObservedLogs
}

// runExtensions starts extensions in the bubble, and returns a function that stops them.
func runExtensions(t *testing.T, failure error, served map[string][]string, objects ...runtime.Object) (b extensionsBench, stop func()) {
	t.Helper()
	b.api = &fakeDiscovery{}
	b.api.serve(failure, served)
	b.custom = dynamicfake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), map[schema.GroupVersionResource]string{
		paramsResource(): "IngressClassParamsList",
	})
	// The plural can't be guessed from the kind.
	for _, object := range objects {
		if err := b.custom.Tracker().Create(paramsResource(), object, ""); err != nil {
			t.Fatal(err)
		}
	}
	core, logged := observer.New(zap.InfoLevel)
	b.logged = logged
	b.extensions = newExtensions(b.api, b.custom, zap.New(core))
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

// later lets it ask again.
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

func classParams(targetType string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": paramsVersion, "kind": "IngressClassParams",
		"metadata": map[string]any{"name": "alb", "labels": map[string]any{"a": "b"}},
		"spec":     map[string]any{"targetType": targetType, "scheme": "internal"},
	}}
}

func both() map[string][]string {
	return map[string][]string{paramsVersion: {"ingressclassparams", "targetgroupbindings"}, groupsV1: {"targetgroupconfigurations"}}
}

// A cluster without the extensions is no failure. The API server is asked again at intervals.
func TestExtensionsAbsent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// The group may be there without the resource.
		b, stop := runExtensions(t, nil, map[string][]string{paramsVersion: {"targetgroupbindings"}, groupsV1: {"loadbalancerconfigurations"}})
		defer stop()
		if err := b.ready(); err != nil {
			t.Error(err)
		}
		if _, err := b.ingressClassParams("alb"); !apierrors.IsNotFound(err) {
			t.Errorf("params: %v", err)
		}
		if got := b.targetGroupVersion(); got != "" || b.hasNotice() {
			t.Errorf("target groups are served in %q", got)
		}
		asked := b.api.times()
		later()
		if n := b.api.times() - asked; n != asked {
			t.Errorf("asked %d times at first and %d times later", asked, n)
		}
		if actions := b.custom.Actions(); len(actions) != 0 {
			t.Errorf("what isn't served was asked for: %v", actions)
		}
	})
}

// The AWS Load Balancer Controller may be installed and removed while the webhook runs.
func TestExtensionsComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, stop := runExtensions(t, nil, nil, classParams("ip"))
		defer stop()
		check := func(when, version string, notice, params bool) {
			t.Helper()
			if got, told := b.targetGroupVersion(), b.hasNotice(); got != version || told != notice {
				t.Errorf("%s: version %q, notice %t", when, got, told)
			}
			got, err := b.ingressClassParams("alb")
			if params && (err != nil || got.Spec.TargetType != "ip" || got.Labels != nil) || !params && !apierrors.IsNotFound(err) {
				t.Errorf("%s: params %+v, %v", when, got, err)
			}
			if _, err := b.ingressClassParams("other"); !apierrors.IsNotFound(err) {
				t.Errorf("%s: other params: %v", when, err)
			}
		}
		check("at first", "", false, false)
		b.api.serve(nil, map[string][]string{paramsVersion: {"ingressclassparams"}, groupsBeta: {"targetgroupconfigurations"}})
		later()
		check("installed", "v1beta1", true, true)
		later()
		check("nothing new", "v1beta1", false, true)
		b.api.serve(nil, both())
		later()
		check("upgraded", "v1", true, true)
		b.api.serve(nil, nil)
		later()
		check("removed", "", true, false)
		b.api.serve(nil, both())
		later()
		check("installed again", "v1", true, true)
	})
}

// Answers follow changes of the parameters.
func TestExtensionsFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, stop := runExtensions(t, nil, both(), classParams("instance"))
		defer stop()
		client := b.custom.Resource(paramsResource())
		for _, want := range []string{"instance", "ip"} {
			if _, err := client.Update(t.Context(), classParams(want), metav1.UpdateOptions{}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if got, err := b.ingressClassParams("alb"); err != nil || got.Spec.TargetType != want {
				t.Errorf("%+v, %v, want %s", got, err, want)
			}
		}
		if b.hasNotice() {
			t.Error("what is served from the start is no change")
		}
	})
}

// Until discovery succeeds once every answer is an error, and discovery is retried soon. A later failure keeps the last result.
func TestExtensionsNoAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, stop := runExtensions(t, errors.New("no route to host"), nil, classParams("ip"))
		defer stop()
		for _, err := range []error{b.ready(), func() error { _, err := b.ingressClassParams("alb"); return err }()} {
			if err == nil || apierrors.IsNotFound(err) || !strings.Contains(err.Error(), "discover elbv2.k8s.aws/v1beta1: no route to host") {
				t.Errorf("at first: %v", err)
			}
		}
		b.api.serve(nil, both())
		time.Sleep(firstDiscoveryInterval)
		synctest.Wait()
		b.api.serve(errors.New("no route to host"), nil)
		later()
		if params, err := b.ingressClassParams("alb"); err != nil || params.Spec.TargetType != "ip" || b.ready() != nil || b.targetGroupVersion() != "v1" || b.hasNotice() {
			t.Errorf("later: %+v, %v, ready %v, version %q", params, err, b.ready(), b.targetGroupVersion())
		}
	})
}

// Before Start every answer is an error.
func TestExtensionsNotAskedYet(t *testing.T) {
	e := newExtensions(nil, nil, zap.NewNop())
	if err := e.ready(); err == nil || !strings.Contains(err.Error(), "not discovered yet whether the API server serves elbv2.k8s.aws") {
		t.Errorf("got %v", err)
	}
}

// Without the right to list the parameters the webhook is ready, and its answer is an error other than NotFound.
func TestExtensionsForbidden(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, stop := runExtensions(t, nil, nil, classParams("ip"))
		defer stop()
		resource := paramsResource().GroupResource()
		b.custom.PrependReactor("list", resource.Resource, func(clienttesting.Action) (bool, runtime.Object, error) {
			return true, nil, apierrors.NewForbidden(resource, "", errors.New("no right to list"))
		})
		b.api.serve(nil, both())
		later()
		time.Sleep(time.Hour)
		synctest.Wait()
		if err := b.ready(); err != nil {
			t.Errorf("not ready: %v", err)
		}
		_, err := b.ingressClassParams("alb")
		if err == nil || apierrors.IsNotFound(err) || !strings.Contains(err.Error(), "ingressclassparams not synced yet: ") {
			t.Errorf("params: %v", err)
		}
		if lines := b.logged.FilterLevelExact(zap.WarnLevel).All(); len(lines) != 1 || lines[0].Message != "watch failed, retrying" || lines[0].ContextMap()["resource"] != "ingressclassparams" {
			t.Errorf("logged %v", lines)
		}
	})
}
