package review

import (
	"maps"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate"
)

// defaulted is an object as admission gets it to see: the API server has
// filled in what depends on other fields and on the namespace's LimitRanges
// before it calls a webhook. The object itself is not changed.
func defaulted(object runtime.Object, limits []*corev1.LimitRange) runtime.Object {
	if fargate.PodSpecOf(object) == nil {
		return object
	}
	object = object.DeepCopyObject()
	spec := fargate.PodSpecOf(object)
	for _, containers := range [2][]corev1.Container{spec.Containers, spec.InitContainers} {
		for i := range containers {
			c := &containers[i]
			// First come the pod's own defaults (F3.10), then the namespace's:
			// a limit stands for a request before a LimitRange is asked for one.
			addMissing(&c.Resources.Requests, c.Resources.Limits)
			for _, limit := range limits {
				defaultResources(&c.Resources, limit)
			}
			if spec.HostNetwork {
				defaultHostPorts(c.Ports)
			}
		}
	}
	return object
}

// defaultResources gives a container what the LimitRange has for those that
// ask for nothing. Of several items for containers the last counts.
func defaultResources(r *corev1.ResourceRequirements, limit *corev1.LimitRange) {
	requests, limits := corev1.ResourceList{}, corev1.ResourceList{}
	for i := range limit.Spec.Limits {
		if item := &limit.Spec.Limits[i]; item.Type == corev1.LimitTypeContainer {
			maps.Copy(requests, item.DefaultRequest)
			maps.Copy(limits, item.Default)
		}
	}
	addMissing(&r.Limits, limits)
	addMissing(&r.Requests, requests)
}

// defaultLimitRange fills in what the API server fills in when a LimitRange is
// made: the largest is the default limit, that the default request, and the
// smallest is the default request where there is no limit.
func defaultLimitRange(limit *corev1.LimitRange) {
	for i := range limit.Spec.Limits {
		if item := &limit.Spec.Limits[i]; item.Type == corev1.LimitTypeContainer {
			addMissing(&item.Default, item.Max)
			addMissing(&item.DefaultRequest, item.Default)
			addMissing(&item.DefaultRequest, item.Min)
		}
	}
}

// defaultHostPorts makes every port of a pod on the node's network one of the
// node (S35).
func defaultHostPorts(ports []corev1.ContainerPort) {
	for i := range ports {
		if ports[i].HostPort == 0 {
			ports[i].HostPort = ports[i].ContainerPort
		}
	}
}

// addMissing adds the entries of from that the list has no entry for.
func addMissing(list *corev1.ResourceList, from corev1.ResourceList) {
	if len(from) == 0 {
		return
	}
	all := maps.Clone(from)
	maps.Copy(all, *list)
	*list = all
}
