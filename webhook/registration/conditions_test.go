package registration

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/sizing"
	"fargate-webhook/kinds"
	"fargate-webhook/kinds/matchtest"
)

// optional draws a value or none.
func optional[T any](values ...T) *rapid.Generator[*T] {
	return rapid.Ptr(rapid.SampledFrom(values), true)
}

// metadata draws the metadata that our conditions read, each part of it or none.
func metadata(t *rapid.T) metav1.ObjectMeta {
	owner := rapid.Custom(func(t *rapid.T) metav1.OwnerReference {
		return metav1.OwnerReference{
			Kind:       rapid.SampledFrom([]string{"", "DaemonSet", "ReplicaSet", "Node"}).Draw(t, "kind"),
			Controller: optional(true, false).Draw(t, "controller"),
		}
	})
	meta := metav1.ObjectMeta{OwnerReferences: rapid.SliceOfN(owner, 0, 3).Draw(t, "owners")}
	if rapid.Bool().Draw(t, "annotated") {
		meta.Annotations = map[string]string{rapid.SampledFrom([]string{"a", corev1.MirrorPodAnnotationKey, kinds.AddedAnnotation, sizing.RecordAnnotation}).Draw(t, "annotation"): ""}
	}
	if rapid.Bool().Draw(t, "deleted") {
		meta.DeletionTimestamp = &metav1.Time{}
	}
	return meta
}

func anyPod(t *rapid.T) *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: metadata(t)}
	pod.Spec.NodeName = rapid.SampledFrom([]string{"", "fargate-ip-10-0-0-1", "ip-10-0-0-1", "fargate"}).Draw(t, "node")
	container := rapid.Custom(func(t *rapid.T) corev1.Container {
		return corev1.Container{Name: "c", Image: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "image")}
	})
	pod.Spec.Containers = rapid.SliceOfN(container, 1, 2).Draw(t, "containers")
	pod.Spec.InitContainers = rapid.SliceOfN(container, 0, 1).Draw(t, "init containers")
	pod.Spec.SchedulingGates = make([]corev1.PodSchedulingGate, rapid.IntRange(0, 2).Draw(t, "gates"))
	return pod
}

func anyConfig(t *rapid.T) *corev1.ConfigMap {
	data := rapid.SampledFrom([]map[string]string{nil, {"output.conf": "a"}, {"output.conf": "b"}})
	return &corev1.ConfigMap{ObjectMeta: metadata(t), Data: data.Draw(t, "data")}
}

func anyService(t *rapid.T) *corev1.Service {
	service := &corev1.Service{ObjectMeta: metadata(t)}
	service.Spec.Type = rapid.SampledFrom([]corev1.ServiceType{"", "ClusterIP", "NodePort", "LoadBalancer", "ExternalName"}).Draw(t, "type")
	service.Spec.ExternalIPs = rapid.SliceOfN(rapid.Just("10.0.0.1"), 0, 2).Draw(t, "externalIPs")
	return service
}

func controlled(object metav1.Object, ownerKinds ...string) bool {
	return slices.ContainsFunc(object.GetOwnerReferences(), func(o metav1.OwnerReference) bool {
		return o.Controller != nil && *o.Controller && (len(ownerKinds) == 0 || slices.Contains(ownerKinds, o.Kind))
	})
}

// sent evaluates in Go what each condition says in CEL, about an object and its old state.
func sent(t *rapid.T, name string, object, old runtime.Object) bool {
	pod, _ := object.(*corev1.Pod)
	before, _ := old.(*corev1.Pod)
	has := func(key string) bool {
		o, ok := old.(metav1.Object)
		if !ok {
			return false
		}
		_, ok = o.GetAnnotations()[key]
		return ok
	}
	switch name {
	case "resources-recorded":
		return has(sizing.RecordAnnotation)
	case "containers-changed":
		inits := len(pod.Spec.InitContainers) > 0 && len(before.Spec.InitContainers) > 0 && !equality.Semantic.DeepEqual(pod.Spec.InitContainers, before.Spec.InitContainers)
		return pod.DeletionTimestamp == nil && (inits || !equality.Semantic.DeepEqual(pod.Spec.Containers, before.Spec.Containers))
	case "new-or-added-to", "new-or-added-to-or-node-port":
		changed, ok := object.(metav1.Object)
		service, isService := object.(*corev1.Service)
		return old == nil || ok && changed.GetDeletionTimestamp() == nil && has(kinds.AddedAnnotation) ||
			isService && name != "new-or-added-to" && service.Spec.Type == corev1.ServiceTypeNodePort
	case "spec-changed-if-being-deleted", "data-changed-if-being-deleted":
		changed, ok := object.(metav1.Object)
		return old == nil || ok && (changed.GetDeletionTimestamp() == nil || !reflect.DeepEqual(spec(object), spec(old)))
	case "not-of-a-daemonset":
		return !controlled(pod, "DaemonSet")
	case "not-a-mirror-pod":
		_, mirror := pod.Annotations[corev1.MirrorPodAnnotationKey]
		return !mirror
	case "not-bound-to-a-node":
		return pod.Spec.NodeName == ""
	case "not-bound-elsewhere":
		return pod.Spec.NodeName == "" || pod.Spec.NodeName == "fargate-ip-10-0-0-1"
	case "gated":
		return before != nil && len(before.Spec.SchedulingGates) > 0 && pod.DeletionTimestamp == nil &&
			!reflect.DeepEqual(spec(object), spec(old))
	case prefilterName, unsettledName:
		return true // package prefilter tests it with pods that EKS has claimed
	case "the-judged-object":
		return false // the requests of these tests are about another one
	case "not-of-a-controller":
		owned, ok := object.(metav1.Object)
		ownedBefore, updated := old.(metav1.Object)
		return ok && !controlled(owned) && (!updated || !controlled(ownedBefore))
	case "reached-by-nodes":
		service, ok := object.(*corev1.Service)
		return ok && (service.Spec.Type == corev1.ServiceTypeNodePort || service.Spec.Type == corev1.ServiceTypeLoadBalancer || len(service.Spec.ExternalIPs) > 0)
	}
	t.Fatalf("unknown condition %s", name)
	return false
}

// spec returns the spec of a pod or a Service, and the data of a ConfigMap.
func spec(object runtime.Object) any {
	switch o := object.(type) {
	case *corev1.Pod:
		return o.Spec
	case *corev1.ConfigMap:
		return o.Data
	}
	service, _ := object.(*corev1.Service)
	return service.Spec
}

// withSpecOf returns an object of the same kind with the same spec and other metadata.
func withSpecOf(t *rapid.T, object runtime.Object) runtime.Object {
	switch o := object.(type) {
	case *corev1.Pod:
		return &corev1.Pod{ObjectMeta: metadata(t), Spec: *o.Spec.DeepCopy()}
	case *corev1.ConfigMap:
		return &corev1.ConfigMap{ObjectMeta: metadata(t), Data: o.Data}
	}
	service, _ := object.(*corev1.Service)
	return &corev1.Service{ObjectMeta: metadata(t), Spec: *service.Spec.DeepCopy()}
}

// With failurePolicy Fail a condition that fails refuses the request. None fails, whatever fields
// an object lacks.
func TestConditionsNeverFail(t *testing.T) {
	server := matchtest.New()
	for _, e := range slices.Concat(mutating(allOptions()), validating(allOptions(), "")) {
		for _, c := range e.only {
			t.Run(e.name+" "+c.Name, func(t *testing.T) {
				matcher := server.Compile(t, []kinds.Condition{c})
				rapid.Check(t, func(t *rapid.T) {
					var object, old runtime.Object = anyPod(t), nil
					switch e.resource {
					case "services":
						object = anyService(t)
					case "configmaps":
						object = anyConfig(t)
					}
					operation := rapid.SampledFrom(e.operations).Draw(t, "operation")
					if operation == "UPDATE" {
						old = anyPod(t)
						if e.resource == "configmaps" {
							old = anyConfig(t)
						}
						if rapid.Bool().Draw(t, "same spec") {
							old = withSpecOf(t, object)
						}
					}
					result := matchtest.Match(matcher, matchtest.Attributes(object, old, string(operation), "apps"))
					if want := sent(t, c.Name, object, old); result.Error != nil || result.Matches != want {
						t.Fatalf("%s is %v, %v; want %v", c.Expression, result.Matches, result.Error, want)
					}
				})
			})
		}
	}
}

// The API server compares the containers of the largest pods within its cost limits.
func TestLargestPodsAreCompared(t *testing.T) {
	server := matchtest.New()
	applied := server.Compile(t, appliedPods)
	leaving := server.Compile(t, []kinds.Condition{changedIfLeaving})
	pod := func(last string) *corev1.Pod {
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{sizing.RecordAnnotation: "{}"}}}
		for i := range 1000 {
			p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Name: fmt.Sprint(i), Env: []corev1.EnvVar{{Name: "a", Value: strings.Repeat("x", 1000)}}})
		}
		p.Spec.Containers[999].Image = last
		return p
	}
	for image, want := range map[string]bool{"before": false, "after": true} {
		result := matchtest.Match(applied, matchtest.Attributes(pod(image), pod("before"), "UPDATE", "apps"))
		if result.Error != nil || result.Matches != want {
			t.Errorf("image %s: %v, %v; want %v", image, result.Matches, result.Error, want)
		}
		deleted := pod(image)
		deleted.DeletionTimestamp = &metav1.Time{}
		result = matchtest.Match(leaving, matchtest.Attributes(deleted, pod("before"), "UPDATE", "apps"))
		if result.Error != nil || result.Matches != want {
			t.Errorf("image %s, being deleted: %v, %v; want %v", image, result.Matches, result.Error, want)
		}
	}
}
