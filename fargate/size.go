package fargate

import (
	"strconv"

	"k8s.io/apimachinery/pkg/api/resource"
)

const (
	// milli is the number of thousandths in one unit. All amounts are kept in
	// thousandths, the scale to which the API server rounds quantities up.
	milli = 1000
	// mebibyte is 1 Mi in milli-bytes, the step in which memory is handed out.
	mebibyte = 1 << 20 * milli
	gibibyte = 1 << 10 * mebibyte
	// reserved is the memory, in milli-bytes, that Fargate adds to every pod
	// for kubelet, kube-proxy and containerd before it rounds up (F3.2, S16).
	reserved = 256 * mebibyte
	// ceiling bounds every amount, so that sums of what users write can't
	// overflow. It is far above the largest size: 64 TiB, or 64 Ti of vCPU.
	ceiling = 1 << 56
)

// Amount is an amount of CPU and memory.
type Amount struct {
	// MilliCPU is CPU in thousandths of a vCPU.
	MilliCPU int64
	// MilliBytes is memory in thousandths of a byte, the finest the Kubernetes
	// API keeps: whole bytes would round each of several containers up, and
	// at the border of a size that is a dearer pod.
	MilliBytes int64
}

// Size is what Fargate provisions, and bills, for one pod: one of the
// combinations of F3.1.
type Size struct {
	// MilliCPU is CPU in thousandths of a vCPU: 250 to 16000.
	MilliCPU int64
	// GiB2 is memory in halves of a GiB: 1 (0.5 GB) to 240 (120 GB).
	GiB2 int64
}

// VCPU is the size's CPU as EKS writes it: "0.25", "1", "16".
func (s Size) VCPU() string {
	return strconv.FormatFloat(float64(s.MilliCPU)/milli, 'f', -1, 64)
}

// Memory is the size's memory as a Kubernetes quantity: "512Mi", "1Gi".
func (s Size) Memory() string {
	return resource.NewQuantity(s.GiB2<<29, resource.BinarySI).String()
}

// String is "0.25 vCPU / 512Mi".
func (s Size) String() string { return s.VCPU() + " vCPU / " + s.Memory() }

// Budget is what a size leaves to the containers: all of it but the memory
// that Fargate keeps for itself (F3.2).
func (s Size) Budget() Amount {
	return s.Amount().less(Amount{MilliBytes: reserved})
}

// sizeRow is a row of the table in F3.1: a CPU, and the memory it comes with
// from least to most in equal steps, in halves of a GiB.
type sizeRow struct{ milliCPU, least, most, step int64 }

// sizeTable lists the rows of F3.1 by rising CPU. The 0.25 vCPU row has no
// equal steps (0.5, 1 and 2 GB), so it takes two entries. The steps of the 8
// and 16 vCPU rows are 4 GB and 8 GB (S20).
func sizeTable() [8]sizeRow {
	return [8]sizeRow{
		{250, 1, 2, 1},
		{250, 4, 4, 1},
		{500, 2, 8, 2},
		{1000, 4, 16, 2},
		{2000, 8, 32, 2},
		{4000, 16, 60, 2},
		{8000, 32, 120, 8},
		{16000, 64, 240, 16},
	}
}

// SizeFor is the size Fargate provisions for a pod whose containers ask for
// requested: 256 MiB more memory, rounded up to the first combination that
// holds both CPU and memory (F3.2 d and e). ok is false when even the largest
// is too small: such a pod stays Pending (F3.6).
func SizeFor(requested Amount) (size Size, ok bool) {
	memory := requested.MilliBytes + reserved
	halves := (memory + gibibyte/2 - 1) / (gibibyte / 2)
	for _, row := range sizeTable() {
		if requested.MilliCPU > row.milliCPU || halves > row.most {
			continue
		}
		steps := max(0, (halves-row.least+row.step-1)/row.step)
		return Size{MilliCPU: row.milliCPU, GiB2: row.least + steps*row.step}, true
	}
	return Size{}, false
}
