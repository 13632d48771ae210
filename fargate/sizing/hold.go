package sizing

// Hold says that something counts what the containers of a pod request: raising that would change
// what it does. A HorizontalPodAutoscaler with a utilization target counts the requests of one
// resource, a VerticalPodAutoscaler sets both and scales limits in proportion.
type Hold struct {
	// Reason names what counts them: `HorizontalPodAutoscaler "web"`.
	Reason string
	// CPU and Memory say which requests are not raised.
	CPU, Memory bool
	// Limits is true when no limit of these resources may be added either.
	Limits bool
}
