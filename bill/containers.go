package bill

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/sizing"
)

// Without is what a pod would be without one of its containers.
type Without struct {
	// Container is the name, and Sidecar true for a native sidecar.
	Container string
	Sidecar   bool
	Size      sizing.Size
	// Storage is the ephemeral storage that is billed then, in milli-bytes.
	Storage int64
	// Pod is what one pod would cost that runs all month, and Cost all of them.
	Pod  Money
	Cost Span
	// Saved is how much less that is than now.
	Saved Span
}

// maxContainers is the number of containers above which nobody is told what each of them costs:
// the time that takes grows with its square.
const maxContainers = 32

// without returns what the pod would be without each long-running container. A pod's only container
// is left out.
func without(b *Bill, w *Workload, prices *Prices) []Without {
	if len(w.Spec.Containers)+len(w.Spec.InitContainers) > maxContainers {
		return nil
	}
	var all []Without
	of := func(c *corev1.Container, sidecar bool, spec *corev1.PodSpec) {
		size, ok := sizing.For(sizing.Requested(spec))
		if !ok { // it requests no more than the pod, for which there is a size
			return
		}
		storage := AdditionalStorage(spec)
		cost := prices.of(size.Amount(), storage)
		out := Without{Container: c.Name, Sidecar: sidecar, Size: size, Storage: storage, Pod: cost.during(Month), Cost: cost.within(w.Use)}
		out.Saved = b.Cost.less(out.Cost)
		all = append(all, out)
	}
	for i := range w.Spec.InitContainers {
		if c := &w.Spec.InitContainers[i]; sizing.IsSidecar(c) {
			spec := *w.Spec
			spec.InitContainers = slices.Delete(slices.Clone(spec.InitContainers), i, i+1)
			of(c, true, &spec)
		}
	}
	for i := range w.Spec.Containers {
		if len(w.Spec.Containers) > 1 {
			spec := *w.Spec
			spec.Containers = slices.Delete(slices.Clone(spec.Containers), i, i+1)
			of(&w.Spec.Containers[i], false, &spec)
		}
	}
	return all
}
