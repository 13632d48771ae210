package review

import "fargate-webhook/fargate/sizing"

// Usage says how a pod uses its size: what it requests, what is billed, what its long-running
// containers may use together after admission, and what they may not.
type Usage struct {
	Requested   Amount `json:"requested"`
	Provisioned Amount `json:"provisioned"`
	HandedOut   Amount `json:"handedOut"`
	Unused      Amount `json:"unused"`
}

// Amount is an amount of CPU, in vCPU, and memory, in bytes, as Kubernetes quantities: "250m" and
// "256Mi".
type Amount struct {
	CPU    string `json:"cpu"`
	Memory string `json:"memory"`
}

// usageOf returns a usage in quantities, nil for nil.
func usageOf(u *sizing.Usage) *Usage {
	if u == nil {
		return nil
	}
	return &Usage{
		Requested:   amountOf(u.Requested),
		Provisioned: amountOf(u.Provisioned),
		HandedOut:   amountOf(u.HandedOut),
		Unused:      amountOf(u.Unused),
	}
}

func amountOf(a sizing.Amount) Amount {
	return Amount{CPU: a.CPU(), Memory: a.Memory()}
}

func (a Amount) String() string { return a.CPU + ", " + a.Memory }
