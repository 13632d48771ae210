package sizing

import corev1 "k8s.io/api/core/v1"

// stated is what a container states of one resource, in thousandths. Zero is "not stated": kubelet
// treats a zero request or limit so.
type stated struct{ request, limit int64 }

// statedOf reads one resource of a container. A limit without a request is a request too: the API
// server makes it one (F3.10).
func statedOf(requirements *corev1.ResourceRequirements, name corev1.ResourceName) stated {
	var s stated
	if q, ok := requirements.Limits[name]; ok {
		s.limit = thousandths(q)
	}
	if q, ok := requirements.Requests[name]; ok {
		s.request = thousandths(q)
	} else {
		s.request = s.limit
	}
	return s
}

// Limit returns the limit of a resource in thousandths of its unit, zero for none.
func Limit(requirements *corev1.ResourceRequirements, name corev1.ResourceName) int64 {
	return statedOf(requirements, name).limit
}

// Requested returns what a pod requests, as Fargate counts it (F3.2 a to c, F3.7). By resource it
// is the larger of the sum of the long-running containers and of what any init container needs
// beside the native sidecars that started before it. Pod-level requests (F3.8) replace the
// containers', and overhead is added: the formula of the Kubernetes scheduler. Limits without
// requests count as requests (F3.10).
func Requested(spec *corev1.PodSpec) Amount {
	return requestedBy(spec, requestOf)
}

// requestOf returns what a container requests of the resource at a place in sized.
func requestOf(c *corev1.Container, at int) int64 { return statedOf(&c.Resources, sized[at]).request }

// requestedBy is Requested for containers that request other amounts.
func requestedBy(spec *corev1.PodSpec, request func(c *corev1.Container, at int) int64) Amount {
	total := containerSum(spec, request)
	if spec.Resources != nil {
		total = podLevel(spec.Resources, total)
	}
	return total.plus(AmountIn(spec.Overhead))
}

// containerSum sums up what the containers request.
func containerSum(spec *corev1.PodSpec, request func(c *corev1.Container, at int) int64) Amount {
	return Amount{
		MilliCPU:   peakOf(spec, func(c *corev1.Container) int64 { return request(c, 0) }),
		MilliBytes: peakOf(spec, func(c *corev1.Container) int64 { return request(c, 1) }),
	}
}

// podLevel replaces the containers' sum with pod-level requests. A pod-level limit is the request
// where nothing is requested: the API server makes it so.
func podLevel(requirements *corev1.ResourceRequirements, sum Amount) Amount {
	return Amount{
		MilliCPU:   podLevelOr(requirements, corev1.ResourceCPU, sum.MilliCPU),
		MilliBytes: podLevelOr(requirements, corev1.ResourceMemory, sum.MilliBytes),
	}
}

func podLevelOr(requirements *corev1.ResourceRequirements, name corev1.ResourceName, sum int64) int64 {
	if q, ok := requirements.Requests[name]; ok {
		return thousandths(q)
	}
	if q, ok := requirements.Limits[name]; ok && sum == 0 {
		return thousandths(q)
	}
	return sum
}

// HasPodLevelResources reports a pod that states CPU or memory for all its containers together
// (F3.8).
func HasPodLevelResources(spec *corev1.PodSpec) bool {
	if spec.Resources == nil {
		return false
	}
	for _, list := range [2]corev1.ResourceList{spec.Resources.Requests, spec.Resources.Limits} {
		for _, name := range sized {
			if _, ok := list[name]; ok {
				return true
			}
		}
	}
	return false
}

// sized are the resources by which Fargate sizes a pod (F3.2).
var sized = [2]corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory}

// IsSidecar reports a native sidecar: an init container that keeps running.
func IsSidecar(c *corev1.Container) bool {
	return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
}
