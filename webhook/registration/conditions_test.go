package registration

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"pgregory.net/rapid"

	"fargate-webhook/kinds"
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
		meta.Annotations = map[string]string{rapid.SampledFrom([]string{"a", corev1.MirrorPodAnnotationKey}).Draw(t, "annotation"): ""}
	}
	if rapid.Bool().Draw(t, "deleted") {
		meta.DeletionTimestamp = &metav1.Time{}
	}
	return meta
}

func anyPod(t *rapid.T) *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: metadata(t)}
	pod.Spec.NodeName = rapid.SampledFrom([]string{"", "fargate-ip-10-0-0-1", "ip-10-0-0-1", "fargate"}).Draw(t, "node")
	pod.Spec.SchedulingGates = make([]corev1.PodSchedulingGate, rapid.IntRange(0, 2).Draw(t, "gates"))
	return pod
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
	switch name {
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
		before, ok := old.(*corev1.Pod)
		return ok && len(before.Spec.SchedulingGates) > 0 && pod.DeletionTimestamp == nil
	case "not-of-a-controller":
		owned, ok := object.(metav1.Object)
		return ok && !controlled(owned)
	case "reached-by-nodes":
		service, ok := object.(*corev1.Service)
		return ok && (service.Spec.Type == corev1.ServiceTypeNodePort || service.Spec.Type == corev1.ServiceTypeLoadBalancer || len(service.Spec.ExternalIPs) > 0)
	}
	t.Fatalf("unknown condition %s", name)
	return false
}

// With failurePolicy Fail a condition that fails refuses the request. None fails, whatever fields an object lacks.
func TestConditionsNeverFail(t *testing.T) {
	server := newAPIServer()
	for _, e := range slices.Concat(mutating(allOptions()), validating(allOptions())) {
		for _, c := range e.only {
			t.Run(e.name+" "+c.Name, func(t *testing.T) {
				matcher := server.compile(t, []kinds.Condition{c})
				rapid.Check(t, func(t *rapid.T) {
					var object, old runtime.Object = anyPod(t), nil
					if e.resource == "services" {
						object = anyService(t)
					}
					operation := rapid.SampledFrom(e.operations).Draw(t, "operation")
					if operation == "UPDATE" {
						old = anyPod(t)
					}
					result := matcher.Match(server.ctx, server.attributes(object, old, string(operation), "apps"), nil, nil)
					if want := sent(t, c.Name, object, old); result.Error != nil || result.Matches != want {
						t.Fatalf("%s is %v, %v; want %v", c.Expression, result.Matches, result.Error, want)
					}
				})
			})
		}
	}
}
