package fargate

import (
	"fargate-webhook/fargate/jsonpatch"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/sizing"
)

// Decision is what is decided about one object.
type Decision struct {
	// Judged is false for kinds that are not judged.
	Judged bool
	// Exempt is true when nothing is changed or refused: the namespace, or whoever requests it, is
	// exempt.
	Exempt    bool
	Placement placement.Placement
	// Size is what Fargate provisions for the pod, or for each pod of the template; nil when it
	// doesn't run on Fargate, or when no size is large enough.
	Size *sizing.Size
	// Usage says how the pod uses its size; nil when Size is.
	Usage *sizing.Usage
	// Raised says which of the pod's requests admission raises, and Holds are what keeps them from
	// being raised.
	Raised sizing.Raised
	Holds  []sizing.Hold
	// Patch is what admission changes in the object, with paths from its root. For a template it is
	// what admission will change in each of its pods.
	Patch jsonpatch.Patch
	// OfPods is true for an object with a template: what is decided is about the pods that it makes.
	OfPods bool
	// Findings are what is wrong, in the order of the rules.
	Findings []rules.Finding
	// PodsRefused is true for a workload that is admitted, but whose pods admission will refuse:
	// never in mode Observe.
	PodsRefused bool
	// WillBeRefused is true for a pod that is mutated, and that the validating phase will refuse unless
	// another webhook changes it; false unless that was to be foreseen.
	WillBeRefused bool
	// Ignored are the findings that annotations of the object ask to ignore.
	Ignored []Ignored
	// Enforced is, in mode Observe, what mode Enforce would decide; nil otherwise. The decision
	// itself is about the object as it stands then.
	Enforced *Decision
	// Stopped is true when nobody waits for the decision, which is not complete then.
	Stopped bool
	// Trouble is what could not be looked up, so that the pod's resources stay as they are; nil for
	// nothing.
	Trouble error
}

// outcome is a decision whose violations aren't findings yet.
type outcome struct {
	Decision
	violations []rules.Violation
	// foreseen are those of the validating phase.
	foreseen []rules.Violation
}

// WouldPatch returns what mode Enforce would change in an object that is only observed: nothing in one
// with a template, whose pods it would change.
func (d *Decision) WouldPatch() jsonpatch.Patch {
	if d.Enforced == nil || d.Enforced.OfPods {
		return nil
	}
	return d.Enforced.Patch
}
