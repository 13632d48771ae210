package review

import (
	"maps"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/kinds"
)

// defaulted returns an object as admission sees it: the API server sets defaults that depend on
// other fields, and on the LimitRanges of the namespace, before it calls a webhook. The object
// itself is not changed.
func defaulted(object runtime.Object, limits []*corev1.LimitRange) runtime.Object {
	if kinds.PodSpec(object) == nil {
		return object
	}
	object = object.DeepCopyObject()
	spec := kinds.PodSpec(object)
	for _, containers := range [2][]corev1.Container{spec.Containers, spec.InitContainers} {
		for i := range containers {
			c := &containers[i]
			// The pod's own defaults come first (F3.10), then those of the namespace: a limit
			// stands for a request before a LimitRange does.
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

// defaultResources gives a container the defaults of a LimitRange. Of several items for containers
// the last one counts.
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

// defaultLimitRange sets the defaults that the API server sets when a LimitRange is created: the
// maximum is the default limit, that the default request, and the minimum is the default request
// where there is no limit.
func defaultLimitRange(limit *corev1.LimitRange) {
	for i := range limit.Spec.Limits {
		if item := &limit.Spec.Limits[i]; item.Type == corev1.LimitTypeContainer {
			addMissing(&item.Default, item.Max)
			addMissing(&item.DefaultRequest, item.Default)
			addMissing(&item.DefaultRequest, item.Min)
		}
	}
}

// defaultHostPorts sets the host port of every port of a pod with hostNetwork (S35).
func defaultHostPorts(ports []corev1.ContainerPort) {
	for i := range ports {
		if ports[i].HostPort == 0 {
			ports[i].HostPort = ports[i].ContainerPort
		}
	}
}

// addMissing adds the entries of from that the list lacks.
func addMissing(list *corev1.ResourceList, from corev1.ResourceList) {
	if len(from) == 0 {
		return
	}
	all := maps.Clone(from)
	maps.Copy(all, *list)
	*list = all
}
