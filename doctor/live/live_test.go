package live

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/kubernetes/scheme"
	clienttesting "k8s.io/client-go/testing"

	"fargate-webhook/doctor"
	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/internal/kube/kubetest"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// bench is a Reader of a fake cluster.
type bench struct {
	*Reader
	dynamic *dynamicfake.FakeDynamicClient
}

func newBench(objects ...runtime.Object) *bench {
	p := policy.Default()
	lists := map[schema.GroupVersionResource]string{cluster.VerticalPodAutoscalers.GroupVersionResource(): "VerticalPodAutoscalerList"}
	client := dynamicfake.NewSimpleDynamicClientWithCustomListKinds(scheme.Scheme, lists, objects...)
	// The fake stores dry runs too; an API server stores none.
	client.PrependReactor("create", "subjectaccessreviews", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, &unstructured.Unstructured{Object: map[string]any{"status": map[string]any{"allowed": true}}}, nil
	})
	return &bench{dynamic: client, Reader: &Reader{
		Client: kubetest.NewClient(), Dynamic: client, Namespace: "fargate-webhook", Service: "fargate-webhook", Policy: &p,
		Profiles: []profiles.Profile{fargatetest.Profile("apps", fargatetest.Selects("apps", "run", "on-fargate"))},
	}}
}

func (b *bench) read() *doctor.State { return b.Read(context.Background(), time.Now(), "trial") }

// refuse lets requests for a resource fail.
func (b *bench) refuse(verb, resource string, err error) {
	b.dynamic.PrependReactor(verb, resource, func(clienttesting.Action) (bool, runtime.Object, error) { return true, nil, err })
}

func forbidden(resource, reason string) error {
	return apierrors.NewForbidden(schema.GroupResource{Resource: resource}, "x", fmt.Errorf("%s", reason))
}

func apps() *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "apps"}}
}

func TestReadAll(t *testing.T) {
	coredns := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: "coredns"}}
	logging := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "aws-observability", Name: "aws-logging"}}
	s := newBench(apps(), coredns, logging).read()
	if s.CoreDNS.Value == nil || s.Logging.Value == nil || len(s.Namespaces.Value) != 1 || s.Webhook.Value != nil || s.Lease.Value != nil {
		t.Errorf("read %+v", s)
	}
	if s.Trial == nil || s.Trial.Adds["run"] != "on-fargate" || s.Answer.Value.Pod == nil || s.Answer.Value.Pod.Name != "trial" || s.ServerVersion.Value == "" {
		t.Errorf("trial %+v, answer %+v, version %+v", s.Trial, s.Answer, s.ServerVersion)
	}
	if len(s.Lacks.Value) > 0 || s.Lacks.Denied+s.Lacks.Failed != "" {
		t.Errorf("rights %+v", s.Lacks)
	}
}

// The dry run is one: nothing may be stored.
func TestTrialIsADryRun(t *testing.T) {
	b := newBench(apps())
	b.read()
	for _, action := range b.dynamic.Actions() {
		create, ok := action.(clienttesting.CreateActionImpl)
		switch {
		case !ok && action.GetVerb() != "get" && action.GetVerb() != "list":
			t.Errorf("%s %s", action.GetVerb(), action.GetResource())
		case ok && create.Resource.Resource == "pods" && (len(create.CreateOptions.DryRun) != 1 || create.CreateOptions.DryRun[0] != metav1.DryRunAll):
			t.Errorf("pod created with %+v", create.CreateOptions)
		case action.GetResource().Resource == "secrets":
			t.Errorf("%s of Secrets", action.GetVerb())
		}
	}
}

// A right that is missing is named; what admission refuses, and what fails, is something else.
func TestFailures(t *testing.T) {
	b := newBench(apps())
	b.refuse("list", "nodes", forbidden("nodes", `User "u" cannot list resource "nodes" in API group "" at the cluster scope`))
	b.refuse("get", "leases", fmt.Errorf("connection refused"))
	b.refuse("create", "pods", forbidden("pods", "exceeded quota: q"))
	b.refuse("create", "subjectaccessreviews", forbidden("subjectaccessreviews", `User "u" cannot create resource "subjectaccessreviews"`))
	s := b.read()
	if s.Nodes.Denied != "list nodes" || s.Lease.Failed != "connection refused" || s.Lacks.Denied != "create subjectaccessreviews.authorization.k8s.io" {
		t.Errorf("nodes %+v, lease %+v, rights %+v", s.Nodes, s.Lease, s.Lacks)
	}
	if !strings.Contains(s.Answer.Value.Refused, "exceeded quota") || s.Answer.Denied != "" {
		t.Errorf("answer %+v", s.Answer)
	}
	b = newBench(apps())
	b.refuse("create", "pods", forbidden("pods", `User "u" cannot create resource "pods" in API group "" in the namespace "apps"`))
	if s = b.read(); s.Answer.Denied != "create pods in namespace apps" {
		t.Errorf("answer %+v", s.Answer)
	}
}

func TestRightsThatLack(t *testing.T) {
	b := newBench()
	b.dynamic.PrependReactor("create", "subjectaccessreviews", func(action clienttesting.Action) (bool, runtime.Object, error) {
		create, _ := action.(clienttesting.CreateAction)
		review, _ := create.GetObject().(*unstructured.Unstructured)
		resource, _, _ := unstructured.NestedString(review.Object, "spec", "resourceAttributes", "resource")
		return true, &unstructured.Unstructured{Object: map[string]any{"status": map[string]any{"allowed": resource != "jobs"}}}, nil
	})
	if got := strings.Join(b.read().Lacks.Value, "; "); got != "list jobs.batch; watch jobs.batch" {
		t.Error(got)
	}
}

func pod(name string, minute int, ready bool) *corev1.Pod {
	status := map[bool]corev1.ConditionStatus{true: corev1.ConditionTrue, false: corev1.ConditionFalse}[ready]
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "apps", Name: name, Labels: map[string]string{"app": "web"}, CreationTimestamp: metav1.Date(2026, 1, 1, 0, minute, 0, 0, time.UTC)},
		Status:     corev1.PodStatus{Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: status}}},
	}
}

func TestPod(t *testing.T) {
	web := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "apps", Name: "web"}, Spec: appsv1.DeploymentSpec{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}}}
	client := newBench(web, pod("old", 1, false), pod("hangs", 2, false), pod("runs", 3, true)).dynamic
	for name, want := range map[string]string{
		"old": "old", "pod/runs": "runs", "PO/old": "old", "deployment/web": "hangs", "deploy/web": "hangs",
		"x": "there is no pod x in namespace apps", "deploy/x": "there is no deploy/x in namespace apps", "job/x": "there is no job/x in namespace apps",
		"service/x": "kind must be pod", "pod/": "must be NAME", "a/b/c": "must be NAME",
	} {
		got, err := Pod(t.Context(), client, "apps", name)
		if err != nil && !strings.Contains(err.Error(), want) || err == nil && (got.Pod.Name != want || got.Workload != "" || got.about.Name != want) {
			t.Errorf("%s: %v, %v, want %s", name, got, err, want)
		}
	}
}

// Of a workload without pods one like those that it creates is found, and what has the events about
// that.
func TestPodOfAWorkloadWithoutPods(t *testing.T) {
	meta := func(name string, revision string, controller *metav1.ObjectMeta) metav1.ObjectMeta {
		m := metav1.ObjectMeta{Namespace: "apps", Name: name, UID: types.UID("uid-" + name), Labels: map[string]string{"app": "a"}, Annotations: map[string]string{"deployment.kubernetes.io/revision": revision}}
		if controller != nil {
			m.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(controller, deployments.GroupVersion().WithKind("Deployment"))}
		}
		return m
	}
	template := func(image string) corev1.PodTemplateSpec {
		return corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "a"}}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: image}}}}
	}
	selector := &metav1.LabelSelector{MatchLabels: map[string]string{"app": "a"}}
	web, bare := meta("web", "10", nil), meta("bare", "", nil)
	objects := []runtime.Object{
		&appsv1.Deployment{ObjectMeta: web, Spec: appsv1.DeploymentSpec{Selector: selector, Replicas: new(int32(2)), Template: template("deployment")}},
		&appsv1.ReplicaSet{ObjectMeta: meta("web-9", "9", &web), Spec: appsv1.ReplicaSetSpec{Template: template("nine")}},
		&appsv1.ReplicaSet{ObjectMeta: meta("web-10", "10", &web), Spec: appsv1.ReplicaSetSpec{Template: template("ten")}},
		&appsv1.ReplicaSet{ObjectMeta: meta("other-11", "11", nil), Spec: appsv1.ReplicaSetSpec{Template: template("eleven")}},
		&appsv1.Deployment{ObjectMeta: bare, Spec: appsv1.DeploymentSpec{Selector: selector, Replicas: new(int32(0)), Template: template("bare")}},
		&appsv1.StatefulSet{ObjectMeta: meta("data", "", nil), Spec: appsv1.StatefulSetSpec{Selector: selector, Template: template("data")}},
	}
	b := newBench(objects...)
	for name, want := range map[string]struct {
		image, kind, owner string
		idle               bool
	}{
		"deploy/web":  {image: "ten", kind: "ReplicaSet", owner: "web-10"},
		"deploy/bare": {image: "bare", kind: "Deployment", owner: "bare", idle: true},
		"rs/web-9":    {image: "nine", kind: "ReplicaSet", owner: "web-9"},
		"sts/data":    {image: "data", kind: "StatefulSet", owner: "data"},
	} {
		got, err := Pod(t.Context(), b.dynamic, "apps", name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		about := corev1.ObjectReference{Kind: want.kind, Namespace: "apps", Name: want.owner, UID: types.UID("uid-" + want.owner)}
		controller := metav1.GetControllerOf(got.Pod)
		if got.Workload != name || got.Idle != want.idle || got.about != about || got.Pod.Spec.Containers[0].Image != want.image ||
			got.Pod.Namespace != "apps" || got.Pod.Labels["app"] != "a" || controller == nil || controller.Kind != want.kind || controller.Name != want.owner || controller.APIVersion != "apps/v1" {
			t.Errorf("%s: %+v", name, got)
		}
	}
	denied := forbidden("replicasets", "user cannot list resource")
	b.refuse("list", "replicasets", denied)
	if _, err := Pod(t.Context(), b.dynamic, "apps", "deploy/web"); err == nil || err.Error() != "you may not list replicasets.apps in namespace apps" {
		t.Errorf("without the right to list ReplicaSets: %v", err)
	}
	// A pod of an earlier revision doesn't say why there is none of the newest.
	old := pod("web-9-a", 1, true)
	old.Labels = map[string]string{"app": "a"}
	old.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "web-9", UID: "uid-web-9", Controller: new(true)}}
	b = newBench(append(objects, old)...)
	if got, err := Pod(t.Context(), b.dynamic, "apps", "deploy/web"); err != nil || got.Workload == "" || !got.Earlier || got.about.Name != "web-10" {
		t.Errorf("with a pod of an earlier revision: %+v, %v", got, err)
	}
	b.refuse("list", "replicasets", denied)
	if got, err := Pod(t.Context(), b.dynamic, "apps", "deploy/web"); err != nil || got.Pod.Name != "web-9-a" || got.Workload != "" {
		t.Errorf("with that pod, and without the right to list ReplicaSets: %+v, %v", got, err)
	}
}

// Events of an earlier pod of the same name are left out.
func TestEventsOfThePod(t *testing.T) {
	event := func(name, uid string) *corev1.Event {
		return &corev1.Event{
			ObjectMeta: metav1.ObjectMeta{Namespace: "apps", Name: name}, InvolvedObject: corev1.ObjectReference{Kind: "Pod", Name: "web-1", UID: "uid-" + "1"}, Message: uid,
		}
	}
	other := event("b", "other")
	other.InvolvedObject.UID = "uid-0"
	web := pod("web-1", 1, false)
	web.UID = "uid-1"
	if got := EventsOf(t.Context(), newBench(event("a", "own"), other).dynamic, foundPod(web)); len(got.Value) != 1 || got.Value[0].Message != "own" {
		t.Errorf("events %+v", got)
	}
}

func TestPolicyFile(t *testing.T) {
	policies := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "fargate-webhook", Name: "p-1"}, Data: map[string]string{"policy.yaml": "mode: Observe"}}
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "fargate-webhook", Name: "fargate-webhook"}}
	d.Spec.Template.Spec.Containers = []corev1.Container{{
		Args: []string{"--config=/etc/p/policy.yaml"}, VolumeMounts: []corev1.VolumeMount{{Name: "other", MountPath: "/etc"}, {Name: "policy", MountPath: "/etc/p/"}},
	}}
	d.Spec.Template.Spec.Volumes = []corev1.Volume{{Name: "other"}, {Name: "policy", VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "p-1"}}}}}
	client := newBench(policies).dynamic
	if content, where, err := PolicyFile(t.Context(), client, d); content != "mode: Observe" || where != "ConfigMap fargate-webhook/p-1" || err != nil {
		t.Errorf("%q, %q, %v", content, where, err)
	}
	if content, _, err := PolicyFile(t.Context(), client, nil); content != "" || err != nil {
		t.Errorf("without a Deployment: %q, %v", content, err)
	}
	d.Spec.Template.Spec.Volumes[1].ConfigMap.Name = "p-2"
	if _, _, err := PolicyFile(t.Context(), client, d); err == nil || !strings.Contains(err.Error(), "there is no ConfigMap fargate-webhook/p-2") {
		t.Errorf("without the ConfigMap: %v", err)
	}
}
