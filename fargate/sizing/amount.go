package sizing

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

const (
	// milli is the number of thousandths in one unit. All amounts are kept in thousandths, the
	// scale to which the API server rounds quantities up.
	milli = 1000
	// mebibyte is 1 Mi in milli-bytes, the step in which memory is handed out.
	mebibyte = 1 << 20 * milli
	gibibyte = 1 << 10 * mebibyte
	// ceiling bounds every amount, so that sums of what users write can't overflow. It is far above
	// the largest size: 64 TiB, or 64 Ti of vCPU.
	ceiling = 1 << 56
)

// Amount is an amount of CPU and memory.
type Amount struct {
	// MilliCPU is CPU in thousandths of a vCPU.
	MilliCPU int64
	// MilliBytes is memory in thousandths of a byte, the finest that the Kubernetes API keeps.
	// Whole bytes would round each of several containers up, and at the edge of a size that costs
	// more.
	MilliBytes int64
}

// AmountIn returns the CPU and memory of a list, in thousandths, rounded up. What the list doesn't
// name is zero, negative quantities count as zero, and very large ones as the largest Amount.
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

// CPU returns the CPU as a Kubernetes quantity, in vCPU: "250m", "2".
func (a Amount) CPU() string { return Quantity(corev1.ResourceCPU, a.MilliCPU) }

// Memory returns the memory as a Kubernetes quantity, in bytes: "256Mi".
func (a Amount) Memory() string { return Text(corev1.ResourceMemory, a.MilliBytes) }

// List returns both as a list of Kubernetes quantities.
func (a Amount) List() corev1.ResourceList {
	return corev1.ResourceList{
		corev1.ResourceCPU:    resource.MustParse(a.CPU()),
		corev1.ResourceMemory: resource.MustParse(a.Memory()),
	}
}

// AtLeast returns the larger of two amounts, by resource (S17).
func (a Amount) AtLeast(b Amount) Amount {
	return Amount{
		MilliCPU:   max(a.MilliCPU, b.MilliCPU),
		MilliBytes: max(a.MilliBytes, b.MilliBytes),
	}
}

// AtMost returns the smaller of two amounts, by resource.
func (a Amount) AtMost(b Amount) Amount {
	return Amount{
		MilliCPU:   min(a.MilliCPU, b.MilliCPU),
		MilliBytes: min(a.MilliBytes, b.MilliBytes),
	}
}

// Within reports whether neither resource exceeds b's.
func (a Amount) Within(b Amount) bool { return a.AtMost(b) == a }

// plus adds two amounts, up to the ceiling.
func (a Amount) plus(b Amount) Amount {
	return Amount{
		MilliCPU:   min(a.MilliCPU+b.MilliCPU, ceiling),
		MilliBytes: min(a.MilliBytes+b.MilliBytes, ceiling),
	}
}

// Minus subtracts an amount, down to zero.
func (a Amount) Minus(b Amount) Amount {
	return Amount{
		MilliCPU:   max(a.MilliCPU-b.MilliCPU, 0),
		MilliBytes: max(a.MilliBytes-b.MilliBytes, 0),
	}
}

// unlimited is an amount that limits nothing.
func unlimited() Amount { return Amount{MilliCPU: ceiling, MilliBytes: ceiling} }

// thousandths returns a quantity in thousandths of its unit, rounded up as the API server rounds.
// Negative and very large quantities, which no API server accepts, are brought into range. Very
// large is decided by an approximation: the exact value of 1e2000000000 has two billion digits
// (S41).
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
