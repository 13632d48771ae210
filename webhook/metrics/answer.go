package metrics

import (
	"slices"

	admissionv1 "k8s.io/api/admission/v1"

	"fargate-webhook/fargate"
	"fargate-webhook/kinds"
)

// Outcome is how a request was answered.
type Outcome int

// The outcomes.
const (
	// Allowed is an object that is admitted as it is.
	Allowed Outcome = iota
	// Patched is an object that is admitted with changes.
	Patched
	// Denied is an object that is refused.
	Denied
	// Observed is an object that is admitted as it is in mode Observe, and that mode Enforce would
	// refuse or change.
	Observed
	// Shed is a request that was turned away, since too many were in flight.
	Shed
	// Invalid is a request that is none of the API server's about an object that the path is for,
	// or that the scan refuses.
	Invalid
	// Failed is a request that could not be answered: nothing is known yet, or the decision
	// panicked.
	Failed
	// Canceled is a request whose caller didn't wait for the decision.
	Canceled
)

// outcomes are the values of the label outcome.
var outcomes = [...]string{"allowed", "patched", "denied", "observed", "shed", "invalid", "failed", "canceled"}

// unknownOperation is the label of a request that wasn't decoded, or has an operation that isn't
// known.
const unknownOperation = "unknown"

// operations are the values of the label operation.
var operations = [...]string{
	string(admissionv1.Create), string(admissionv1.Update), string(admissionv1.Delete), string(admissionv1.Connect), unknownOperation,
}

// operation returns the place of an operation in operations.
func operation(o admissionv1.Operation) int {
	if at := slices.Index(operations[:], string(o)); at >= 0 {
		return at
	}
	return len(operations) - 1
}

// Answer has the facts about a request that was answered.
type Answer struct {
	Outcome Outcome
	// Operation is empty where the request wasn't decoded.
	Operation   admissionv1.Operation
	SubResource string
	// OtherKind is true for an object of another kind than that of the path.
	OtherKind bool
	DryRun    bool
	// Object is what was judged, and Decision what was decided about it; nil for nothing.
	Object   kinds.Object
	Decision *fargate.Decision
	// Again is true for a pod that is mutated for the second time.
	Again bool
	// Provided is the decision by which a new pod counts as one that Fargate provides for, nil where
	// it doesn't count: each pod counts in one phase.
	Provided *fargate.Decision
}

// Creates reports a request that would create the object: a dry run stores nothing.
func (a *Answer) Creates() bool {
	return a.Operation == admissionv1.Create && a.SubResource == "" && !a.DryRun
}

// admits reports an object that the webhook admits.
func (a *Answer) admits() bool {
	return a.Outcome == Allowed || a.Outcome == Patched || a.Outcome == Observed
}
