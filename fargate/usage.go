package fargate

import corev1 "k8s.io/api/core/v1"

// Usage tells how a pod uses what Fargate provisions for it: the law of policy
// Fit is that HandedOut grows and Provisioned doesn't.
type Usage struct {
	// Requested is what the pod asked for before admission, by Fargate's own
	// count (see [Requested]).
	Requested Amount
	// Provisioned is its size: what is billed.
	Provisioned Amount
	// HandedOut is what its containers ask for after admission, by the same
	// count, and so what they may use.
	HandedOut Amount
	// Unused is what is billed and neither handed out nor Fargate's own
	// 256 MiB (F3.2): what no container may use.
	Unused Amount
}

// usage tells how a pod of this size uses it.
func (s Size) usage(requested, handedOut Amount) *Usage {
	return &Usage{
		Requested:   requested,
		Provisioned: s.Amount(),
		HandedOut:   handedOut,
		Unused:      s.Budget().less(handedOut),
	}
}

// Amount is all that a size holds, with the memory that Fargate keeps for
// itself.
func (s Size) Amount() Amount {
	return Amount{MilliCPU: s.MilliCPU, MilliBytes: s.GiB2 * (gibibyte / 2)}
}

// CPU is the amount's CPU as a Kubernetes quantity, in vCPU: "250m", "2".
func (a Amount) CPU() string { return quantityText(corev1.ResourceCPU, a.MilliCPU) }

// Memory is the amount's memory as a Kubernetes quantity, in bytes: "256Mi".
func (a Amount) Memory() string { return quantityText(corev1.ResourceMemory, a.MilliBytes) }
