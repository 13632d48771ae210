// Package results is what `make bench` measures, as it is kept in docs/performance.json.
package results

// Results are all figures of a run. A part that was not measured is empty, and Absent says why.
type Results struct {
	Machine   Machine
	Stages    []Stage
	Handlers  []Handler
	Quarter   []Quarter
	Creates   Creates
	Growth    []Growth
	Footprint *Footprint
	// Absent says by part why it was not measured.
	Absent map[string]string `json:",omitempty"`
}

// Machine is what was measured, and where.
type Machine struct {
	Date, Processor, Memory, System, Go, Revision, Kubernetes string
	Cores                                                     int
	// Load is the load average of a minute when the run began.
	Load string
	// Modules are the versions of the modules that matter, by path.
	Modules map[string]string
}

// Calls and contenders of [Handler].
const (
	Mutate     = "mutate"
	Validate   = "validate"
	Ours       = "ours"
	Usual      = "controller-runtime, patching"
	Allowing   = "controller-runtime, allowing"
	Floor      = "v2, one pass"
	FloorTwice = "v2, two passes"
	FloorV1    = "sigs.k8s.io/json"
)

// Handler is what it costs to answer a review, by contender.
type Handler struct {
	Call, Size                                        string
	Bytes                                             int
	Ours, Usual, Allowing, Floor, FloorTwice, FloorV1 Cost
}

// Cost is what one answer takes: processor time, and what is allocated.
type Cost struct{ Nanoseconds, Bytes, Allocations int64 }

// Stage is a Go benchmark of a stage.
type Stage struct {
	Stage, Benchmark string
	Cost             Cost
}

// Quarter is a load on a replica that has a quarter of a core.
type Quarter struct {
	Size             string
	PerSecond        int
	P50, P99         float64 // milliseconds
	Requests, Failed int
}

// Growth is how what a decision allocates grows with the number of a thing.
type Growth struct {
	Thing    string
	Exponent float64
}

// Footprint is what a replica takes.
type Footprint struct {
	ReadySeconds, IdleMiB, IdleAnonymousMiB, LoadedMiB, LoadedAnonymousMiB, BinaryMiB float64
	PerSecond                                                                         int
}

// Creates are the creates of pods through the API server.
type Creates struct {
	Turns int
	// PatchBytes is the size of the constant patch that is as large as ours was, OursBytes that of
	// ours for the same pod.
	PatchBytes, OursBytes int
	// Kyverno is the version of Kyverno in the row of that name; empty if it was not there.
	Kyverno string
	Rows    []Row
}

// Row is what the creates of one kind of pod take with one registration.
type Row struct {
	Variant, Pod string
	Clients      int
	// PerSecond, P50, P99 (milliseconds), CPU (milliseconds of the API server's a create), Calls (of
	// webhooks a create, without EKS's) and Handling (milliseconds in our handlers a create) are about
	// the creates of all turns together.
	PerSecond, P50, P99, CPU, Calls, Handling float64
	// Relative is PerSecond relative to that without webhooks, and ToConstant and P99ToConstant are
	// relative to the row that it is compared with. The errors are the standard errors of these two.
	Relative, ToConstant, ToConstantError, P99ToConstant, P99ToConstantError float64
	// Absent says why it was not measured.
	Absent string `json:",omitempty"`
}

// Variants of [Row]: what is registered.
const (
	None            = "no webhook"
	Noop            = "webhook that does nothing"
	Label           = "constant patch: the label"
	Constant        = "constant patch as large as ours was"
	ConstantAndNoop = "the same, and a validating webhook that does nothing"
	Policy          = "MutatingAdmissionPolicy: the label"
	Kyverno         = "Kyverno: the label, and some of the checks"
	OursOn          = "ours"
	OursOff         = "ours, prefilter: Off"
	OursMutating    = "ours, mutating alone"

	ConstantEKS        = "EKS's webhook, and the large constant patch"
	ConstantAndNoopEKS = "EKS's webhook, the large constant patch, and a validating webhook that does nothing"
	OursEKS            = "EKS's webhook, and ours"
	OursOffEKS         = "EKS's webhook, and ours, prefilter: Off"
)

// Pods of [Row].
const (
	Typical     = "typical"
	NeedingBoth = "needs both calls"
)
