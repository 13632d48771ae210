package autoscaling

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/kinds/keda"
	"fargate-webhook/kinds/vpa"
)

// controller returns a reference to a controller.
func controller(apiVersion, kind, name string) *metav1.OwnerReference {
	return &metav1.OwnerReference{APIVersion: apiVersion, Kind: kind, Name: name, Controller: new(true)}
}

// meta returns metadata in namespace apps, with a controller unless it is nil.
func meta(name string, owner *metav1.OwnerReference) metav1.ObjectMeta {
	m := metav1.ObjectMeta{Namespace: "apps", Name: name}
	if owner != nil {
		m.OwnerReferences = []metav1.OwnerReference{{APIVersion: "v1", Kind: "ConfigMap", Name: "other"}, *owner}
	}
	return m
}

// as decodes the spec of an autoscaler named "a" in namespace apps.
func as[T cluster.Object](t *testing.T, object T, spec string) T {
	t.Helper()
	if err := yaml.UnmarshalStrict([]byte("spec: "+spec), object); err != nil {
		t.Fatal(err)
	}
	object.SetNamespace("apps")
	object.SetName("a")
	return object
}

const (
	target  = "scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}"
	percent = "target: {type: Utilization, averageUtilization: 70}"
	amount  = "target: {type: AverageValue, averageValue: 100m}"
)

func horizontalOf(t *testing.T, spec string) *autoscalingv2.HorizontalPodAutoscaler {
	t.Helper()
	return as(t, &autoscalingv2.HorizontalPodAutoscaler{}, "{maxReplicas: 3, "+spec+"}")
}

// podsOf returns pods with containers "app" and "log" and the controller.
func podsOf(owner *metav1.OwnerReference) Pods {
	return Pods{
		Namespace: "apps", Controller: owner, Meta: &metav1.ObjectMeta{},
		Spec: &corev1.PodSpec{InitContainers: []corev1.Container{{Name: "log"}}, Containers: []corev1.Container{{Name: "app"}}},
	}
}

// An autoscaler counts what its percentages are of, or what it sets.
func TestWhatIsCounted(t *testing.T) {
	deployment := controller("apps/v1", "Deployment", "web")
	for name, c := range map[string]struct {
		object metav1.Object
		want   []Counted
	}{
		"no metrics, as autoscaling/v1": {
			horizontalOf(t, target), []Counted{{By: `HorizontalPodAutoscaler "a" (cpu utilization)`, CPU: true}},
		},
		"cpu": {
			horizontalOf(t, target+", metrics: [{type: Resource, resource: {name: cpu, "+percent+"}}]"),
			[]Counted{{By: `HorizontalPodAutoscaler "a" (cpu utilization)`, CPU: true}},
		},
		"memory of a container": {
			horizontalOf(t, target+", metrics: [{type: ContainerResource, containerResource: {name: memory, container: app, "+percent+"}}]"),
			[]Counted{{By: `HorizontalPodAutoscaler "a" (memory utilization)`, Memory: true}},
		},
		"both": {
			horizontalOf(t, target+", metrics: [{type: Resource, resource: {name: memory, "+percent+"}}, {type: Resource, resource: {name: cpu, "+percent+"}}]"),
			[]Counted{{By: `HorizontalPodAutoscaler "a" (cpu and memory utilization)`, CPU: true, Memory: true}},
		},
		"an amount": {horizontalOf(t, target+", metrics: [{type: Resource, resource: {name: cpu, "+amount+"}}]"), nil},
		"another metric": {
			horizontalOf(t, target+", metrics: [{type: Pods, pods: {metric: {name: requests}, "+amount+"}}]"), nil,
		},
		"another target":  {horizontalOf(t, strings.Replace(target, "web", "other", 1)), nil},
		"another kind":    {horizontalOf(t, strings.Replace(target, "Deployment", "StatefulSet", 1)), nil},
		"another group":   {horizontalOf(t, strings.Replace(target, "apps/v1", "example.com/v1", 1)), nil},
		"another version": {horizontalOf(t, strings.Replace(target, "apps/v1", "apps/v1beta2", 1)), []Counted{{By: `HorizontalPodAutoscaler "a" (cpu utilization)`, CPU: true}}},
		"VPA": {
			as(t, &vpa.VerticalPodAutoscaler{}, "{targetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}"),
			[]Counted{{By: `VerticalPodAutoscaler "a" (cpu and memory)`, CPU: true, Memory: true, Limits: true}},
		},
		"VPA, Initial": {
			as(t, &vpa.VerticalPodAutoscaler{}, "{targetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, updatePolicy: {updateMode: Initial}}"),
			[]Counted{{By: `VerticalPodAutoscaler "a" (cpu and memory)`, CPU: true, Memory: true, Limits: true}},
		},
		"VPA, Off": {
			as(t, &vpa.VerticalPodAutoscaler{}, `{targetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, updatePolicy: {updateMode: "Off"}}`), nil,
		},
		"VPA of memory": {
			as(t, &vpa.VerticalPodAutoscaler{}, `{targetRef: {apiVersion: apps/v1, kind: Deployment, name: web},
  resourcePolicy: {containerPolicies: [{containerName: "*", controlledResources: [memory]}, {containerName: log, mode: "Off"}]}}`),
			[]Counted{{By: `VerticalPodAutoscaler "a" (memory)`, Memory: true, Limits: true}},
		},
		"VPA of one container": {
			as(t, &vpa.VerticalPodAutoscaler{}, `{targetRef: {apiVersion: apps/v1, kind: Deployment, name: web},
  resourcePolicy: {containerPolicies: [{containerName: app, controlledResources: [cpu]}, {containerName: "*", mode: "Off"}]}}`),
			[]Counted{{By: `VerticalPodAutoscaler "a" (cpu)`, CPU: true, Limits: true}},
		},
		"VPA of nothing": {
			as(t, &vpa.VerticalPodAutoscaler{}, `{targetRef: {apiVersion: apps/v1, kind: Deployment, name: web},
  resourcePolicy: {containerPolicies: [{containerName: "*", controlledResources: []}]}}`), nil,
		},
		"KEDA": {
			as(t, &keda.ScaledObject{}, "{scaleTargetRef: {name: web}, triggers: [{type: cpu, metricType: Utilization, metadata: {}}, {type: kafka, metadata: {}}]}"),
			[]Counted{{By: `ScaledObject "a" (cpu utilization)`, CPU: true}},
		},
		"KEDA, the older form": {
			as(t, &keda.ScaledObject{}, "{scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, triggers: [{type: memory, metadata: {type: Utilization}}]}"),
			[]Counted{{By: `ScaledObject "a" (memory utilization)`, Memory: true}},
		},
		"KEDA, an amount": {
			as(t, &keda.ScaledObject{}, "{scaleTargetRef: {name: web}, triggers: [{type: cpu, metricType: AverageValue, metadata: {type: Utilization}}]}"), nil,
		},
		"KEDA, another target": {
			as(t, &keda.ScaledObject{}, "{scaleTargetRef: {name: web, kind: StatefulSet}, triggers: [{type: cpu, metricType: Utilization, metadata: {}}]}"), nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := For(&fargatetest.Cluster{Objects: []metav1.Object{c.object}}, podsOf(deployment))
			if diff := cmp.Diff(c.want, got, cmpopts.EquateEmpty()); err != nil || diff != "" {
				t.Errorf("%v; -want +got:\n%s", err, diff)
			}
			elsewhere := podsOf(deployment)
			elsewhere.Namespace = "other"
			if got, err := For(&fargatetest.Cluster{Objects: []metav1.Object{c.object}}, elsewhere); err != nil || len(got) != 0 {
				t.Errorf("in another namespace: %v, %v", got, err)
			}
		})
	}
}

// Autoscalers are found through the owners of a pod.
func TestWhoseAutoscalers(t *testing.T) {
	objects := func(kind, apiVersion, name string) []metav1.Object {
		return []metav1.Object{
			horizontalOf(t, "scaleTargetRef: {apiVersion: "+apiVersion+", kind: "+kind+", name: "+name+"}"),
			&appsv1.ReplicaSet{ObjectMeta: meta("web-5d9c", controller("apps/v1", "Deployment", "web"))},
			&appsv1.ReplicaSet{ObjectMeta: meta("canary-77f", controller("argoproj.io/v1alpha1", "Rollout", "canary"))},
			&appsv1.ReplicaSet{ObjectMeta: meta("alone", nil)},
			&appsv1.StatefulSet{ObjectMeta: meta("db", controller("example.com/v1", "Database", "main"))},
			&batchv1.Job{ObjectMeta: meta("nightly-1", controller("batch/v1", "CronJob", "nightly"))},
		}
	}
	web := controller("apps/v1", "ReplicaSet", "web-5d9c")
	for name, c := range map[string]struct {
		apiVersion, kind, target string
		pods                     Pods
		want                     bool
	}{
		"of the Deployment":                {"apps/v1", "Deployment", "web", podsOf(web), true},
		"of the ReplicaSet":                {"apps/v1", "ReplicaSet", "web-5d9c", podsOf(web), true},
		"of the Rollout":                   {"argoproj.io/v1alpha1", "Rollout", "canary", podsOf(controller("apps/v1", "ReplicaSet", "canary-77f")), true},
		"of a Deployment of its name":      {"apps/v1", "Deployment", "canary", podsOf(controller("apps/v1", "ReplicaSet", "canary-77f")), false},
		"of a lone ReplicaSet":             {"apps/v1", "ReplicaSet", "alone", podsOf(controller("apps/v1", "ReplicaSet", "alone")), true},
		"of the StatefulSet":               {"apps/v1", "StatefulSet", "db", podsOf(controller("apps/v1", "StatefulSet", "db")), true},
		"of what made the StatefulSet":     {"example.com/v1", "Database", "main", podsOf(controller("apps/v1", "StatefulSet", "db")), true},
		"of the CronJob":                   {"batch/v1", "CronJob", "nightly", podsOf(controller("batch/v1", "Job", "nightly-1")), true},
		"of a ReplicationController":       {"v1", "ReplicationController", "old", podsOf(controller("v1", "ReplicationController", "old")), true},
		"of another kind":                  {"example.com/v1", "Runner", "ci", podsOf(controller("example.com/v1beta1", "Runner", "ci")), true},
		"of a bare pod":                    {"v1", "Pod", "web", podsOf(nil), false},
		"of a ReplicaSet not seen yet":     {"apps/v1", "Deployment", "api", podsOf(controller("apps/v1", "ReplicaSet", "api-6b7f")), true},
		"of one with a similar name":       {"apps/v1", "Deployment", "ap", podsOf(controller("apps/v1", "ReplicaSet", "api-6b7f")), false},
		"of one that is seen":              {"apps/v1", "Deployment", "web-5", podsOf(web), false},
		"of the workload of a template":    {"apps/v1", "Deployment", "web", template("apps/v1", "Deployment", "web", nil), true},
		"of the owner of a workload":       {"example.com/v1", "Shop", "main", template("apps/v1", "Deployment", "web", controller("example.com/v1", "Shop", "main")), true},
		"of a workload whose name it ends": {"apps/v1", "Deployment", "api", template("apps/v1", "StatefulSet", "api-db", nil), false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, manifests := range []bool{false, true} {
				got, err := For(&fargatetest.Cluster{Objects: objects(c.kind, c.apiVersion, c.target), Manifests: manifests}, c.pods)
				if err != nil || (len(got) > 0) != c.want {
					t.Errorf("manifests %t: %v, %v, want %t", manifests, got, err, c.want)
				}
			}
		})
	}
}

// An owner whose name is longer than any object's isn't looked up, and no other workload is taken
// for its owner.
func TestLongOwnerNames(t *testing.T) {
	longest := "web-" + strings.Repeat("x", maxName-len("web-"))
	for name, want := range map[string]bool{longest: true, longest + "x": false, strings.Repeat("web-", 1_000_000): false} {
		got, err := For(&fargatetest.Cluster{Objects: []metav1.Object{horizontalOf(t, target)}}, podsOf(controller("apps/v1", "ReplicaSet", name)))
		if err != nil || (len(got) > 0) != want {
			t.Errorf("a name of %d bytes: %v, %v, want %t", len(name), got, err, want)
		}
	}
}

// template returns the pods of a workload's template.
func template(apiVersion, kind, name string, owner *metav1.OwnerReference) Pods {
	pods := podsOf(owner)
	pods.Workload = &metav1.OwnerReference{APIVersion: apiVersion, Kind: kind, Name: name}
	return pods
}

// Owners that own each other end the search.
func TestCircleOfOwners(t *testing.T) {
	reader := &fargatetest.Cluster{Objects: []metav1.Object{
		&appsv1.ReplicaSet{ObjectMeta: meta("a", controller("apps/v1", "ReplicaSet", "b"))},
		&appsv1.ReplicaSet{ObjectMeta: meta("b", controller("apps/v1", "ReplicaSet", "a"))},
	}}
	if got, err := For(reader, podsOf(controller("apps/v1", "ReplicaSet", "a"))); err != nil || len(got) != 0 {
		t.Errorf("%v, %v", got, err)
	}
}

// What VPA's admission webhook wrote on a pod counts by itself.
func TestUpdatedByVPA(t *testing.T) {
	for annotation, by := range map[string]string{
		"Pod resources updated by web: container 0: cpu request, memory request": `VerticalPodAutoscaler "web" (cpu and memory)`,
		"": "annotation vpaUpdates",
	} {
		pods := podsOf(nil)
		pods.Meta.Annotations = map[string]string{"vpaUpdates": annotation}
		got, err := For(nil, pods)
		if diff := cmp.Diff([]Counted{{By: by, CPU: true, Memory: true, Limits: true}}, got); err != nil || diff != "" {
			t.Errorf("%v; -want +got:\n%s", err, diff)
		}
	}
}

// Several autoscalers are named in a fixed order, each once.
func TestSeveralAutoscalers(t *testing.T) {
	second := horizontalOf(t, target)
	second.Name = "b"
	reader := &fargatetest.Cluster{Objects: []metav1.Object{
		as(t, &vpa.VerticalPodAutoscaler{}, "{targetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}"), second, horizontalOf(t, target),
	}}
	pods := podsOf(controller("apps/v1", "Deployment", "web"))
	pods.Meta.Annotations = map[string]string{"vpaUpdates": "Pod resources updated by a: "}
	got, err := For(reader, pods)
	var by []string
	for _, c := range got {
		by = append(by, c.By)
	}
	want := []string{
		`HorizontalPodAutoscaler "a" (cpu utilization)`, `HorizontalPodAutoscaler "b" (cpu utilization)`, `VerticalPodAutoscaler "a" (cpu and memory)`,
	}
	if diff := cmp.Diff(want, by); err != nil || diff != "" {
		t.Errorf("%v; -want +got:\n%s", err, diff)
	}
}

// failing is a Reader that fails for one kind.
type failing struct {
	fargatetest.Cluster
	kind *cluster.Kind
}

var errNotSynced = errors.New("not synced yet")

func (f *failing) Get(kind *cluster.Kind, namespace, name string) (metav1.Object, error) {
	if kind == f.kind {
		return nil, errNotSynced
	}
	return f.Cluster.Get(kind, namespace, name)
}

func (f *failing) List(kind *cluster.Kind, namespace string) ([]metav1.Object, error) {
	if kind == f.kind {
		return nil, errNotSynced
	}
	return f.Cluster.List(kind, namespace)
}

// A look-up that failed is an error, never that nothing counts.
func TestFailedLookUps(t *testing.T) {
	for kind, want := range map[*cluster.Kind]string{
		cluster.ReplicaSets:              `look up ReplicaSet "apps/web-5d9c": not synced yet`,
		cluster.HorizontalPodAutoscalers: `look up the HorizontalPodAutoscalers of namespace "apps": not synced yet`,
		cluster.VerticalPodAutoscalers:   `look up the VerticalPodAutoscalers of namespace "apps": not synced yet`,
		cluster.ScaledObjects:            `look up the ScaledObjects of namespace "apps": not synced yet`,
	} {
		got, err := For(&failing{kind: kind}, podsOf(controller("apps/v1", "ReplicaSet", "web-5d9c")))
		if !errors.Is(err, errNotSynced) || err.Error() != want || got != nil {
			t.Errorf("%s: got %v, %v", kind.Kind, got, err)
		}
	}
}
