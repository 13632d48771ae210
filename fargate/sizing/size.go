package sizing

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// reserved is the memory, in milli-bytes, that Fargate adds to every pod for kubelet, kube-proxy
// and containerd before it rounds up (F3.2, S16).
const reserved = 256 * mebibyte

// Size is what Fargate provisions, and bills, for one pod: a combination of F3.1.
type Size struct {
	// MilliCPU is CPU in thousandths of a vCPU.
	MilliCPU int64
	// GiB2 is memory in halves of a GiB: 1 is 0.5 GB.
	GiB2 int64
}

// row is a row of the table in F3.1: a CPU, and its memory from least to most in equal steps, in
// halves of a GiB.
type row struct{ milliCPU, least, most, step int64 }

// table holds the rows of F3.1 by rising CPU. The 0.25 vCPU row has no equal steps (0.5, 1 and 2
// GB), so it takes two entries. The 8 and 16 vCPU rows have steps of 4 GB and 8 GB (S20).
var table = [...]row{
	{250, 1, 2, 1},
	{250, 4, 4, 1},
	{500, 2, 8, 2},
	{1000, 4, 16, 2},
	{2000, 8, 32, 2},
	{4000, 16, 60, 2},
	{8000, 32, 120, 8},
	{16000, 64, 240, 16},
}

// Largest returns the largest size.
func Largest() Size {
	last := table[len(table)-1]
	return Size{MilliCPU: last.milliCPU, GiB2: last.most}
}

// For returns the size that Fargate provisions for a pod that requests so much: with 256 MiB more
// memory, the first combination that holds both CPU and memory (F3.2 d and e). ok is false when the
// largest is too small: such a pod stays Pending (F3.6).
func For(requested Amount) (size Size, ok bool) {
	memory := requested.MilliBytes + reserved
	halves := (memory + gibibyte/2 - 1) / (gibibyte / 2)
	for i := range table {
		r := &table[i]
		if requested.MilliCPU > r.milliCPU || halves > r.most {
			continue
		}
		steps := max(0, (halves-r.least+r.step-1)/r.step)
		return Size{MilliCPU: r.milliCPU, GiB2: r.least + steps*r.step}, true
	}
	return Size{}, false
}

// VCPU returns the CPU as EKS writes it: "0.25", "1", "16".
func (s Size) VCPU() string {
	return strconv.FormatFloat(float64(s.MilliCPU)/milli, 'f', -1, 64)
}

// Memory returns the memory as a Kubernetes quantity: "512Mi", "1Gi".
func (s Size) Memory() string {
	return resource.NewQuantity(s.GiB2<<29, resource.BinarySI).String()
}

// String returns "0.25 vCPU / 512Mi".
func (s Size) String() string { return s.VCPU() + " vCPU / " + s.Memory() }

// HoldsInMemory reports whether the size has memory for a volume beside what Fargate reserves.
func (s Size) HoldsInMemory(size resource.Quantity) bool {
	return thousandths(size) <= s.Budget().MilliBytes
}

// Amount returns all that the size holds, with the memory that Fargate reserves.
func (s Size) Amount() Amount {
	return Amount{MilliCPU: s.MilliCPU, MilliBytes: s.GiB2 * (gibibyte / 2)}
}

// Budget returns what the size leaves to the containers: all but the memory that Fargate reserves
// (F3.2).
func (s Size) Budget() Amount {
	return s.Amount().Minus(Amount{MilliBytes: reserved})
}

// Reserved returns the memory that Fargate reserves in every pod, as a Kubernetes quantity (F3.2).
func Reserved() string { return Amount{MilliBytes: reserved}.Memory() }

// ExceededBy returns the resources of which a container has a limit above the size: it doesn't
// start (F3.9).
func (s *Size) ExceededBy(r *corev1.ResourceRequirements) (names []corev1.ResourceName) {
	amount := s.Amount()
	for i, most := range [2]int64{amount.MilliCPU, amount.MilliBytes} {
		if Limit(r, sized[i]) > most {
			names = append(names, sized[i])
		}
	}
	return names
}
