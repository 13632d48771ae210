package pending

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clienttesting "k8s.io/client-go/testing"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/internal/kube/kubetest"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// parts are what a Worker works with, as the test sets them.
type parts struct {
	client kubetest.Client
	worker *Worker
	gather *prometheus.Registry
	logged *observer.ObservedLogs

	mutex   sync.Mutex
	index   *profiles.Index
	unready map[string]error // of "profiles", "lookups"
	// refuse is what the next evictions are answered; evicted are those that were done.
	refuse  error
	evicted []string
}

type fakeProfiles struct{ *parts }

func (f fakeProfiles) Ready() error { return f.why("profiles") }
func (f fakeProfiles) Index() *profiles.Index {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return f.index
}

// fakeLookups is a cluster that has of all that decisions look up only the controller of pods.
type fakeLookups struct {
	fargatetest.Cluster
	*parts
}

func (f *fakeLookups) Ready() error { return f.why("lookups") }

func (p *parts) why(part string) error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.unready[part]
}

// newParts makes a Worker for a cluster without profiles.
func newParts(t *testing.T, pending policy.PendingPods, objects ...runtime.Object) *parts {
	t.Helper()
	core, logged := observer.New(zap.InfoLevel)
	p := &parts{client: kubetest.NewClient(objects...), logged: logged, index: profiles.NewIndex(nil), unready: map[string]error{}}
	for name, labels := range map[string]map[string]string{"apps": nil, "own": nil, "left": {"fargate-webhook/exempt": "true"}} {
		p.add(t, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}})
	}
	p.client.PrependReactor("create", "pods", p.evict)
	settings := policy.Default()
	settings.PendingPods = pending
	p.gather = prometheus.NewRegistry()
	var err error
	p.worker, err = New(Options{
		Client: p.client, Profiles: fakeProfiles{p}, Lookups: &fakeLookups{Cluster: *fargatetest.In("apps", fargatetest.ReplicaSet("web", nil)), parts: p}, Policy: &settings, Namespace: "own",
		Registerer: p.gather, Logger: zap.New(core),
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *parts) add(t *testing.T, objects ...runtime.Object) {
	t.Helper()
	for _, object := range objects {
		if err := p.client.Tracker().Add(object); err != nil {
			t.Fatal(err)
		}
	}
}

// evict is what the API server does. The pod is gone then.
func (p *parts) evict(action clienttesting.Action) (bool, runtime.Object, error) {
	create, ok := action.(clienttesting.CreateAction)
	if !ok || action.GetSubresource() != "eviction" {
		return false, nil, nil
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.refuse != nil {
		return true, nil, p.refuse
	}
	eviction, ok := create.GetObject().(*policyv1.Eviction)
	if !ok || eviction.DeleteOptions.Preconditions.UID == nil {
		return true, nil, fmt.Errorf("%+v is no eviction of a pod of a UID", create.GetObject())
	}
	p.evicted = append(p.evicted, eviction.Name)
	return true, nil, p.client.Tracker().Delete(action.GetResource(), action.GetNamespace(), eviction.Name)
}

func (p *parts) set(change func()) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	change()
}

// selectBy makes a profile of that name the only one. It selects run=on-fargate in all namespaces.
func (p *parts) selectBy(name string) {
	p.set(func() {
		p.index = profiles.NewIndex([]profiles.Profile{{Name: name, Status: profiles.StatusActive, Selectors: []profiles.Selector{
			{Namespace: "*", Labels: map[string]string{"run": "on-fargate"}},
		}}})
	})
}

// run runs the Worker in the bubble and returns what ends it.
func (p *parts) run(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.worker.Run(ctx)
	}()
	return func() {
		cancel()
		<-ended
	}
}

// events are the reasons of those about each pod.
func (p *parts) events(t *testing.T) map[string][]string {
	t.Helper()
	list, err := p.client.CoreV1().Events(metav1.NamespaceAll).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string][]string{}
	for i := range list.Items {
		name := list.Items[i].InvolvedObject.Name
		reasons[name] = append(reasons[name], list.Items[i].Reason)
	}
	return reasons
}

// message is the text of the only event.
func (p *parts) message(t *testing.T) string {
	t.Helper()
	list, err := p.client.CoreV1().Events(metav1.NamespaceAll).List(t.Context(), metav1.ListOptions{})
	if err != nil || len(list.Items) != 1 {
		t.Fatalf("%d events, %v", len(list.Items), err)
	}
	return list.Items[0].Message
}

func (p *parts) gone() []string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.evicted
}

// metric is the value of a metric that has a label of that value.
func (p *parts) metric(t *testing.T, name, label string) int {
	t.Helper()
	families, err := p.gather.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			if family.GetName() == name && m.GetLabel()[0].GetValue() == label {
				return int(m.GetGauge().GetValue() + m.GetCounter().GetValue())
			}
		}
	}
	t.Fatalf("no metric %s of %s", name, label)
	return 0
}

// counted is how many pods there are of a finding.
func (p *parts) counted(t *testing.T, f finding) int {
	t.Helper()
	return p.metric(t, "fargate_webhook_pending_pods", string(f))
}

// waiting is a pod of a controller of that kind, or of none, that has been waiting for so long.
func waiting(name, namespace, owner string, age time.Duration) *corev1.Pod {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Namespace: namespace, UID: types.UID("uid-of-" + name), ResourceVersion: "1",
			CreationTimestamp: metav1.NewTime(time.Now().Add(-age)), Labels: map[string]string{"run": "on-fargate"},
		},
		Spec:   corev1.PodSpec{Containers: []corev1.Container{{Name: "app", Image: "app"}}},
		Status: corev1.PodStatus{Phase: corev1.PodPending},
	}
	if owner != "" {
		pod.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: owner, Name: "web", Controller: new(true)}}
	}
	return pod
}

// pass lets time go by.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}
