package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/kubernetes/scheme"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/internal/kube/kubetest"
	"fargate-webhook/kinds/custom"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
	"fargate-webhook/review"
)

// bench is a Reader of a fake cluster that serves Rollouts, Widgets and what client-go knows.
type bench struct {
	*Reader
	dynamic *dynamicfake.FakeDynamicClient
}

func newBench(objects ...runtime.Object) *bench {
	lists := map[schema.GroupVersionResource]string{
		{Group: "argoproj.io", Version: "v1alpha1", Resource: "rollouts"}: "RolloutList",
		{Group: "example.com", Version: "v1", Resource: "widgets"}:        "WidgetList",
	}
	client := kubetest.NewClient()
	verbs := metav1.Verbs{"get", "list"}
	client.Resources = []*metav1.APIResourceList{
		{GroupVersion: "v1", APIResources: []metav1.APIResource{{Name: "podtemplates", Kind: "PodTemplate", Namespaced: true, Verbs: verbs}, {Name: "secrets", Kind: "Secret", Namespaced: true, Verbs: verbs}}},
		{GroupVersion: "argoproj.io/v1alpha1", APIResources: []metav1.APIResource{{Name: "rollouts", Kind: "Rollout", Namespaced: true, Verbs: verbs}, {Name: "rollouts/status", Kind: "Rollout", Namespaced: true, Verbs: metav1.Verbs{"get"}}}},
		{GroupVersion: "example.com/v1", APIResources: []metav1.APIResource{{Name: "widgets", Kind: "Widget", Verbs: verbs}}},
	}
	dynamic := dynamicfake.NewSimpleDynamicClientWithCustomListKinds(scheme.Scheme, lists, objects...)
	return &bench{dynamic: dynamic, Reader: &Reader{
		Client: client, Dynamic: dynamic, PodTemplates: []custom.Workload{{Group: "example.com", Kind: "Widget", Paths: []string{"spec.template"}}},
	}}
}

// review returns what is reported, as "Kind namespace/name result", and the profile after @.
func (b *bench) review(t *testing.T) (items []string, gaps []*Gap) {
	t.Helper()
	sources, gaps, err := b.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r := review.Reviewer{
		Index:        profiles.NewIndex([]profiles.Profile{fargatetest.Profile("apps", fargatetest.Selects("apps", "run", "on-fargate"))}),
		Policy:       policy.Default(),
		PodTemplates: b.PodTemplates,
	}
	report, problems := r.Sources(sources)
	if len(problems) > 0 {
		t.Error(problems)
	}
	for i := range report.Items {
		item := &report.Items[i]
		profile := ""
		if item.Placement.Fargate {
			profile = "@" + item.Placement.Profile
		}
		items = append(items, fmt.Sprintf("%s %s/%s %s%s", item.Kind, item.Namespace, item.Name, item.Result, profile))
	}
	slices.Sort(items)
	return items, gaps
}

func meta(name string, controller ...string) metav1.ObjectMeta {
	m := metav1.ObjectMeta{Namespace: "apps", Name: name, Labels: map[string]string{"run": "on-fargate", "app": name}}
	if len(controller) > 0 {
		yes := true
		m.OwnerReferences = []metav1.OwnerReference{{APIVersion: controller[0], Kind: controller[1], Name: "owner", Controller: &yes}}
	}
	return m
}

func spec() corev1.PodSpec {
	return corev1.PodSpec{Containers: []corev1.Container{fargatetest.Container("a", "250m", "250m", "256Mi", "256Mi")}}
}

func pod(name string, controller ...string) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: meta(name, controller...), Spec: spec()}
	p.Spec.NodeName = "fargate-ip-10-0-0-1"
	return p
}

func template() corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"run": "on-fargate"}}, Spec: spec()}
}

func customResource(apiVersion, kind, namespace string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": apiVersion, "kind": kind, "metadata": map[string]any{"name": "c", "namespace": namespace},
		"spec": map[string]any{"template": map[string]any{"spec": map[string]any{"containers": []any{map[string]any{"name": "a", "image": "i"}}}}},
	}}
}

// deleting is a pod that is going.
func deleting() *corev1.Pod {
	p := pod("going")
	p.DeletionTimestamp, p.Finalizers = new(metav1.Now()), []string{"x/y"}
	return p
}

// Owners and bare pods are reported, what a controller that is reported made is not, and neither is
// what is going. Pods are judged as if they had no node yet.
func TestOwners(t *testing.T) {
	b := newBench(
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "apps"}},
		&appsv1.Deployment{ObjectMeta: meta("web"), Spec: appsv1.DeploymentSpec{Template: template()}},
		&appsv1.ReplicaSet{ObjectMeta: meta("web-1", "apps/v1", "Deployment"), Spec: appsv1.ReplicaSetSpec{Template: template()}},
		&appsv1.ReplicaSet{ObjectMeta: meta("bare"), Spec: appsv1.ReplicaSetSpec{Template: template()}},
		&batchv1.Job{ObjectMeta: meta("nightly-1", "batch/v1", "CronJob"), Spec: batchv1.JobSpec{Template: template()}},
		pod("web-1-a", "apps/v1", "ReplicaSet"), pod("nightly-1-a", "batch/v1", "Job"), pod("bare"), pod("of-operator", "example.com/v2", "Other"), deleting(),
		pod("rollout-1", "argoproj.io/v1alpha1", "Rollout"),
		customResource("argoproj.io/v1alpha1", "Rollout", "apps"), customResource("example.com/v1", "Widget", ""),
		&corev1.ConfigMap{ObjectMeta: meta("settings")}, &corev1.LimitRange{ObjectMeta: meta("limits")},
	)
	items, gaps := b.review(t)
	want := []string{
		"Deployment apps/web pass@apps", "Namespace /apps skip", "Pod apps/bare pass@apps", "Pod apps/of-operator pass@apps", "ReplicaSet apps/bare pass@apps",
		"Rollout apps/c change@apps", "Widget /c pass",
	}
	if !slices.Equal(items, want) || len(gaps) > 0 {
		t.Errorf("got %q, want %q; gaps %v", items, want, gaps)
	}
}

// Nothing is written, and only the kinds that a review needs are listed: no Secret, no ConfigMap.
func TestOnlyLists(t *testing.T) {
	b := newBench(pod("a"))
	b.Namespace = "apps"
	b.review(t)
	seen := map[string]bool{}
	for _, action := range b.dynamic.Actions() {
		resource := action.GetResource().Resource
		seen[resource] = true
		if action.GetVerb() != "list" || resource == "secrets" || resource == "configmaps" {
			t.Errorf("%s of %s", action.GetVerb(), resource)
		}
		if clusterWide := action.GetNamespace() == ""; clusterWide && resource != "namespaces" && resource != "persistentvolumes" && resource != "storageclasses" && resource != "ingressclasses" {
			t.Errorf("%s of all namespaces", resource)
		}
	}
	for _, want := range []string{"pods", "deployments", "rollouts", "podtemplates", "limitranges", "storageclasses"} {
		if !seen[want] {
			t.Errorf("%s were not read, only %v", want, seen)
		}
	}
	if seen["widgets"] {
		t.Error("widgets were read, which belong to no namespace")
	}
}

// A selector selects what is reported. Decisions know the other objects too.
func TestSelector(t *testing.T) {
	b := newBench(
		&appsv1.Deployment{ObjectMeta: meta("web"), Spec: appsv1.DeploymentSpec{Template: template()}},
		&appsv1.Deployment{ObjectMeta: meta("db"), Spec: appsv1.DeploymentSpec{Template: template()}},
		&corev1.LimitRange{ObjectMeta: meta("web"), Spec: corev1.LimitRangeSpec{}},
	)
	var err error
	if b.Selector, err = labels.Parse("app in (web, api)"); err != nil {
		t.Fatal(err)
	}
	if items, _ := b.review(t); !slices.Equal(items, []string{"Deployment apps/web pass@apps"}) {
		t.Errorf("got %q", items)
	}
	sources, _, err := b.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range sources {
		got = append(got, fmt.Sprint(s.Name, " ", s.Context))
	}
	if want := []string{"cluster: deployments.apps false", "cluster: deployments.apps true", "cluster: limitranges true"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Without an answer it stops: others would take as long to fail.
func TestFailures(t *testing.T) {
	b := newBench()
	b.refuse("services", errors.New("connection refused"))
	if _, _, err := b.Read(t.Context()); err == nil || err.Error() != "list services: connection refused" {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	b = newBench(pod("a"))
	b.Progress = func(resource string, _ int) {
		if resource == "services" {
			cancel()
		}
	}
	if _, _, err := b.Read(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	if last := b.dynamic.Actions()[len(b.dynamic.Actions())-1].GetResource().Resource; last != "services" {
		t.Errorf("it went on to %s", last)
	}
}
