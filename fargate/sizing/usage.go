package sizing

// Usage says how a pod uses what Fargate provisions for it. Under policy Fit HandedOut grows and
// Provisioned doesn't.
type Usage struct {
	// Requested is what the pod requests before admission, as Fargate counts it (see [Requested]).
	Requested Amount
	// Provisioned is its size: what is billed.
	Provisioned Amount
	// HandedOut is what its containers request after admission, counted the same way.
	HandedOut Amount
	// Unused is what is billed, neither handed out nor reserved by Fargate (F3.2): no container may
	// use it.
	Unused Amount
}
