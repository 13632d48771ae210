package bill

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/sizing"
)

// Workload is what is billed: pods that are all alike, and how much they run.
type Workload struct {
	// Spec is that of a pod, with the requests that its author stated: not those to which admission
	// raised them.
	Spec *corev1.PodSpec
	// Size is what Fargate provisions for it.
	Size sizing.Size
	Use  Use
}

// Bill is what a workload costs in a month.
type Bill struct {
	Size sizing.Size
	// Requested is what one pod requests, and Storage the ephemeral storage above 20 GB that
	// Fargate provisions for it, in milli-bytes.
	Requested sizing.Amount
	Storage   int64
	Use       Use
	// Pod is what one pod costs that runs all month.
	Pod Money
	// Cost is what all pods cost.
	Cost Span
	// Waste is the part of it for CPU and memory that the pods don't request, and Reserved that for
	// the memory that Fargate takes for itself in every pod (F3.2).
	Waste, Reserved Span
	// Cheaper is the next cheaper step, nil where there is none.
	Cheaper *Step
	// Containers are what the pod would be without each of its long-running containers.
	Containers []Without
	// Notes say what the figures rest on and leave out, in words.
	Notes []string
}

// AdditionalStorage returns the ephemeral storage above 20 GB that Fargate provisions for a pod, in
// milli-bytes.
func AdditionalStorage(spec *corev1.PodSpec) int64 {
	return max(sizing.NeededStorage(spec)-storageIncluded, 0)
}

// CostOf returns what pods cost in a month that are all alike, and the part of it for CPU and memory
// that they don't request. requested is what one of them requests, and storage what
// AdditionalStorage returns for it.
func CostOf(size sizing.Size, requested sizing.Amount, storage int64, use Use, prices *Prices) (cost, waste Span) {
	return prices.of(size.Amount(), storage).within(use), prices.of(size.Budget().Minus(requested), 0).within(use)
}

// noteByPolicy is the note on a size that requests don't explain.
const noteByPolicy = "the resources policy makes the pod larger than its requests: no cheaper step is known"

// Of returns the bill of a workload.
func Of(w *Workload, prices *Prices) Bill {
	b := Bill{Size: w.Size, Requested: sizing.Requested(w.Spec), Use: w.Use, Notes: w.Use.Notes}
	b.Storage = AdditionalStorage(w.Spec)
	b.Pod = prices.of(w.Size.Amount(), b.Storage).during(Month)
	b.Cost, b.Waste = CostOf(w.Size, b.Requested, b.Storage, w.Use, prices)
	b.Reserved = prices.of(w.Size.Amount().Minus(w.Size.Budget()), 0).within(w.Use)
	if b.Storage > 0 && prices.StorageGBHour == nil {
		b.Notes = append(slices.Clip(b.Notes), fmt.Sprintf(
			"%s of ephemeral storage a pod aren't counted: their price isn't known", gigabytes(b.Storage)))
	}
	if size, ok := sizing.For(b.Requested); !ok || size != w.Size {
		b.Notes = append(slices.Clip(b.Notes), noteByPolicy)
		return b
	}
	b.Cheaper = cheaper(&b, w, prices)
	b.Containers = without(&b, w, prices)
	return b
}
