// Package autoscaling finds the autoscalers that count the requests of a pod. Raised requests would
// change what their percentages mean, or make them evict the pod.
package autoscaling

import (
	"fmt"
	"slices"
	"strings"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/kinds/keda"
	"fargate-webhook/kinds/vpa"
)

// Counted says which requests of a pod an autoscaler counts, so that they must not be raised.
type Counted struct {
	// By names it: `HorizontalPodAutoscaler "web" (cpu utilization)`.
	By          string
	CPU, Memory bool
	// Limits is true for an autoscaler that scales limits in proportion to requests.
	Limits bool
}

// Pods are the pods that are asked about.
type Pods struct {
	Namespace string
	// Meta and Spec are those of a pod, or of a template.
	Meta *metav1.ObjectMeta
	Spec *corev1.PodSpec
	// Workload is the workload of a template; nil for a pod.
	Workload *metav1.OwnerReference
	// Controller is that of the pod, or of the workload; nil for none.
	Controller *metav1.OwnerReference
}

// For finds the autoscalers that count requests of the pods: HorizontalPodAutoscalers and KEDA's
// ScaledObjects with a target of type Utilization for CPU or memory, and VerticalPodAutoscalers
// that set requests. It looks for those of the pods' owners, of their owners, and so on. reader is
// nil when nothing is known of other objects.
//
// An error means that it isn't known what counts: then requests must not be raised.
func For(reader cluster.Reader, pods Pods) ([]Counted, error) {
	var list []Counted
	if updates, ok := pods.Meta.Annotations[vpa.UpdatesAnnotation]; ok {
		list = append(list, Counted{By: updatedBy(updates), CPU: true, Memory: true, Limits: true})
	}
	if reader == nil || pods.Workload == nil && pods.Controller == nil {
		return list, nil
	}
	owners, err := ownersOf(reader, &pods)
	if err != nil {
		return nil, err
	}
	for _, find := range [...]func(cluster.Reader, *Pods, chain) ([]Counted, error){horizontal, vertical, scaledObjects} {
		found, err := find(reader, &pods, owners)
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	list = slices.DeleteFunc(list, func(c Counted) bool { return !c.CPU && !c.Memory })
	slices.SortFunc(list, func(a, b Counted) int { return strings.Compare(a.By, b.By) })
	return slices.Compact(list), nil
}

// list returns at least the autoscalers of a kind that may scale the owners of the pods.
func list[T metav1.Object](reader cluster.Reader, kind *cluster.Kind, namespace string, owners chain) ([]T, error) {
	found, err := cluster.Scaling(reader, kind, namespace, owners.names())
	if err != nil {
		return nil, fmt.Errorf("look up the %ss of namespace %q: %w", kind.Kind, namespace, err)
	}
	return cluster.Typed[T](found), nil
}

// Target returns what an autoscaler scales; found is false for other objects.
func Target(autoscaler metav1.Object) (apiVersion, kind, name string, found bool) {
	switch a := autoscaler.(type) {
	case *autoscalingv2.HorizontalPodAutoscaler:
		ref := &a.Spec.ScaleTargetRef
		return ref.APIVersion, ref.Kind, ref.Name, true
	case *vpa.VerticalPodAutoscaler:
		ref := &a.Spec.TargetRef
		return ref.APIVersion, ref.Kind, ref.Name, true
	case *keda.ScaledObject:
		apiVersion, kind, name = a.Spec.ScaleTargetRef.Workload()
		return apiVersion, kind, name, true
	}
	return "", "", "", false
}

// scaledBy reports an autoscaler of one of the owners.
func (c chain) scaledBy(autoscaler metav1.Object) bool {
	apiVersion, kind, name, found := Target(autoscaler)
	return found && c.include(apiVersion, kind, name)
}

// horizontal finds HorizontalPodAutoscalers.
func horizontal(reader cluster.Reader, pods *Pods, owners chain) (counted []Counted, err error) {
	found, err := list[*autoscalingv2.HorizontalPodAutoscaler](reader, cluster.HorizontalPodAutoscalers, pods.Namespace, owners)
	for _, h := range found {
		if owners.scaledBy(h) {
			cpu, memory := utilization(h.Spec.Metrics)
			counted = append(counted, Counted{
				By: named(cluster.HorizontalPodAutoscalers, h.Name, cpu, memory, " utilization"), CPU: cpu, Memory: memory,
			})
		}
	}
	return counted, err
}

// utilization reports which requests the targets of type Utilization are percentages of. Without
// metrics the target is a CPU utilization of 80 %.
func utilization(metrics []autoscalingv2.MetricSpec) (cpu, memory bool) {
	if len(metrics) == 0 {
		return true, false
	}
	for i := range metrics {
		var resource corev1.ResourceName
		var target autoscalingv2.MetricTargetType
		switch m := &metrics[i]; {
		case m.Type == autoscalingv2.ResourceMetricSourceType && m.Resource != nil:
			resource, target = m.Resource.Name, m.Resource.Target.Type
		case m.Type == autoscalingv2.ContainerResourceMetricSourceType && m.ContainerResource != nil:
			resource, target = m.ContainerResource.Name, m.ContainerResource.Target.Type
		}
		if target == autoscalingv2.UtilizationMetricType {
			cpu, memory = cpu || resource == corev1.ResourceCPU, memory || resource == corev1.ResourceMemory
		}
	}
	return cpu, memory
}

// vertical finds VerticalPodAutoscalers.
func vertical(reader cluster.Reader, pods *Pods, owners chain) (counted []Counted, err error) {
	found, err := list[*vpa.VerticalPodAutoscaler](reader, cluster.VerticalPodAutoscalers, pods.Namespace, owners)
	for _, v := range found {
		if !v.Updates() || !owners.scaledBy(v) {
			continue
		}
		controls := func(resource string) bool {
			controlled := func(container corev1.Container) bool { return v.Controls(container.Name, resource) }
			return slices.ContainsFunc(pods.Spec.InitContainers, controlled) || slices.ContainsFunc(pods.Spec.Containers, controlled)
		}
		cpu, memory := controls(vpa.CPU), controls(vpa.Memory)
		counted = append(counted, Counted{
			By: named(cluster.VerticalPodAutoscalers, v.Name, cpu, memory, ""), CPU: cpu, Memory: memory, Limits: true,
		})
	}
	return counted, err
}

// updatedBy names the VerticalPodAutoscaler whose admission webhook set requests, by its
// annotation.
func updatedBy(updates string) string {
	rest, ok := strings.CutPrefix(updates, "Pod resources updated by ")
	name, _, found := strings.Cut(rest, ":")
	if !ok || !found {
		return "annotation " + vpa.UpdatesAnnotation
	}
	return named(cluster.VerticalPodAutoscalers, name, true, true, "")
}

// scaledObjects finds ScaledObjects. KEDA makes a HorizontalPodAutoscaler of each, which is found
// too; in manifests there is none.
func scaledObjects(reader cluster.Reader, pods *Pods, owners chain) (counted []Counted, err error) {
	found, err := list[*keda.ScaledObject](reader, cluster.ScaledObjects, pods.Namespace, owners)
	for _, s := range found {
		if owners.scaledBy(s) {
			cpu, memory := s.Utilization(keda.CPU), s.Utilization(keda.Memory)
			counted = append(counted, Counted{
				By: named(cluster.ScaledObjects, s.Name, cpu, memory, " utilization"), CPU: cpu, Memory: memory,
			})
		}
	}
	return counted, err
}

// named returns `Kind "name" (cpu and memory utilization)`.
func named(kind *cluster.Kind, name string, cpu, memory bool, what string) string {
	resources := "cpu and memory"
	switch {
	case !memory:
		resources = "cpu"
	case !cpu:
		resources = "memory"
	}
	return fmt.Sprintf("%s %q (%s%s)", kind.Kind, name, resources, what)
}
