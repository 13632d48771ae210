package fargate

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// add sums two amounts and stays below the ceiling.
func (a Amount) add(b Amount) Amount {
	return Amount{
		MilliCPU:   min(a.MilliCPU+b.MilliCPU, ceiling),
		MilliBytes: min(a.MilliBytes+b.MilliBytes, ceiling),
	}
}

// atLeast is the larger of two amounts, resource by resource (S17).
func (a Amount) atLeast(b Amount) Amount {
	return Amount{
		MilliCPU:   max(a.MilliCPU, b.MilliCPU),
		MilliBytes: max(a.MilliBytes, b.MilliBytes),
	}
}

// atMost is the smaller of two amounts, resource by resource.
func (a Amount) atMost(b Amount) Amount {
	return Amount{
		MilliCPU:   min(a.MilliCPU, b.MilliCPU),
		MilliBytes: min(a.MilliBytes, b.MilliBytes),
	}
}

// less takes an amount off and stays above zero.
func (a Amount) less(b Amount) Amount {
	return Amount{
		MilliCPU:   max(a.MilliCPU-b.MilliCPU, 0),
		MilliBytes: max(a.MilliBytes-b.MilliBytes, 0),
	}
}

// within reports whether neither resource is above b's.
func (a Amount) within(b Amount) bool { return a.atMost(b) == a }

// thousandths is a quantity in thousandths of its unit, rounded up as the API
// server rounds it. What no API server would take (negative, or beyond all
// machines) is brought into range: it is refused there, not here. That is told
// by an approximation, since a pod may ask for 1e2000000000, and its exact
// value has two billion digits.
func thousandths(q resource.Quantity) int64 {
	switch {
	case q.Sign() <= 0:
		return 0
	case q.AsApproximateFloat64() >= ceiling/milli:
		return ceiling
	}
	return q.MilliValue()
}

// thousandthsDown is the same, rounded down.
func thousandthsDown(q resource.Quantity) int64 {
	up := thousandths(q)
	if up > 0 && up < ceiling && resource.NewMilliQuantity(up, resource.DecimalSI).Cmp(q) > 0 {
		return up - 1
	}
	return up
}

// stated is what a container asks for of one resource, in thousandths. Zero
// is "not stated": that is how kubelet treats a zero request or limit.
type stated struct{ request, limit int64 }

// statedOf reads one resource of a container. A limit without a request is a
// request too: the API server makes it one (F3.10).
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

// Requested is what a pod asks for, as Fargate counts it (F3.2 a to c, F3.7):
// per resource the larger of its long-running containers' sum and of what any
// init container needs beside the native sidecars that started before it.
// Pod-level requests (F3.8) take the containers' place, and overhead is added:
// this is the formula of the Kubernetes scheduler. Limits without requests
// count as requests (F3.10).
func Requested(spec *corev1.PodSpec) Amount {
	total := containerSum(spec, statedAmount)
	if spec.Resources != nil {
		total = podLevel(spec.Resources, total)
	}
	return total.add(AmountIn(spec.Overhead))
}

// containerSum counts what the containers together ask for. asks tells what
// one does; its list is 0 for init containers and 1 for the others.
func containerSum(spec *corev1.PodSpec, asks func(list, index int, r *corev1.ResourceRequirements) Amount) Amount {
	var running, sidecars, starting Amount
	for i := range spec.InitContainers {
		c := &spec.InitContainers[i]
		asked := asks(0, i, &c.Resources)
		if isSidecar(c) {
			sidecars = sidecars.add(asked)
			asked = Amount{}
		}
		starting = starting.atLeast(sidecars.add(asked))
	}
	running = sidecars
	for i := range spec.Containers {
		running = running.add(asks(1, i, &spec.Containers[i].Resources))
	}
	return running.atLeast(starting)
}

// statedAmount is what a container asks for as it stands.
func statedAmount(_, _ int, r *corev1.ResourceRequirements) Amount { return amountOf(r) }

// podLevel puts pod-level requests in the place of the containers' sum. A
// pod-level limit is the request where nobody made one: the API server does so.
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

func amountOf(requirements *corev1.ResourceRequirements) Amount {
	return Amount{
		MilliCPU:   statedOf(requirements, corev1.ResourceCPU).request,
		MilliBytes: statedOf(requirements, corev1.ResourceMemory).request,
	}
}

// AmountIn is the CPU and memory of a list, in thousandths, rounded up; what
// it doesn't name is zero. Negative quantities count as zero, and ones beyond
// all machines as the most that an Amount holds.
func AmountIn(list corev1.ResourceList) Amount {
	var a Amount
	if q, ok := list[corev1.ResourceCPU]; ok {
		a.MilliCPU = thousandths(q)
	}
	if q, ok := list[corev1.ResourceMemory]; ok {
		a.MilliBytes = thousandths(q)
	}
	return a
}

// isSidecar reports a native sidecar: an init container that keeps running.
func isSidecar(c *corev1.Container) bool {
	return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
}
