package sizing

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/jsonpatch"
	"fargate-webhook/policy"
)

// ResourcesAnnotation on a pod sets its resources policy: Fit, Guaranteed, Limits or Off. It
// overrides the policy file.
const ResourcesAnnotation = "fargate-webhook/resources"

// PolicyOf returns the resources policy that a pod's annotation sets. ok is false when it sets
// none, or an unknown one.
func PolicyOf(meta *metav1.ObjectMeta) (resources policy.Resources, ok bool) {
	resources = policy.Resources(meta.Annotations[ResourcesAnnotation])
	switch resources {
	case policy.ResourcesFit, policy.ResourcesGuaranteed, policy.ResourcesLimits, policy.ResourcesOff:
		return resources, true
	}
	return "", false
}

// Plan is what Fargate provisions for a pod, and what admission sets to hand it out.
type Plan struct {
	// Requested is what the pod requests, and HandedOut what its long-running containers may use
	// together after admission.
	Requested, HandedOut Amount
	// original is what the pod requested before admission changed it.
	original Amount
	// Raised says which requests admission raises.
	Raised Raised
	// Size is what Fargate provisions; nil when the largest size is too small.
	Size *Size
	// LimitsFit is true when admission brings the limits down to the size.
	LimitsFit bool
	// Holds are what keeps requests from being raised.
	Holds []Hold
	// Cuts are the limits that admission lowers by more than half, in the order of containers: those of
	// init containers first.
	Cuts []Cut
	// Patch changes the pod as planned, with paths from its root.
	Patch jsonpatch.Patch
}

// Usage says how the pod uses its size, nil when no size holds it.
func (p *Plan) Usage() *Usage {
	if p.Size == nil {
		return nil
	}
	return &Usage{
		Requested:   p.original,
		Provisioned: p.Size.Amount(),
		HandedOut:   p.HandedOut,
		Unused:      p.Size.Budget().Minus(p.HandedOut),
	}
}

// AsItStands returns the plan for a pod that admission doesn't change.
func AsItStands(spec *corev1.PodSpec) Plan {
	requested := Requested(spec)
	p := Plan{Requested: requested, original: requested}
	if size, ok := For(p.Requested); ok {
		p.Size = &size
		p.HandedOut = usable(spec, size.Budget())
	}
	return p
}

// AsAdmitted returns the plan for a pod that admission has changed already, with the limits that it
// lowered by more than half.
func AsAdmitted(meta *metav1.ObjectMeta, spec *corev1.PodSpec) Plan {
	p := AsItStands(spec)
	if r, ok := finalRecordOf(meta); ok {
		p.Cuts, p.original = r.cuts(spec), r.requested(spec)
	}
	return p
}

// NewPlan returns the plan for a pod under the terms.
func NewPlan(meta *metav1.ObjectMeta, spec *corev1.PodSpec, t *Terms) Plan {
	if t.policy == policy.ResourcesOff || !settable(spec) {
		return AsItStands(spec)
	}
	p := Plan{LimitsFit: true, Holds: t.holds}
	p.fit(meta, spec, t)
	return p
}

// maxContainers is the number of containers above which a pod's resources stay as they are. Sharing
// takes time that grows faster than their number, and a request body holds hundreds of thousands.
const maxContainers = 256

// settable reports a pod whose containers' resources may be set. The API server holds the
// containers within pod-level resources (F3.8), so these containers stay as they are.
func settable(spec *corev1.PodSpec) bool {
	return !HasPodLevelResources(spec) && len(spec.InitContainers)+len(spec.Containers) <= maxContainers
}

// fit hands out the size, and records what the containers stated before.
func (p *Plan) fit(meta *metav1.ObjectMeta, spec *corev1.PodSpec, t *Terms) {
	original, recorded := t.original(meta, spec)
	p.Requested = Requested(original)
	p.original = p.Requested
	a, ok := t.allot(original)
	if !ok {
		return
	}
	p.Size = &a.size
	p.HandedOut = a.usable(AmountIn(original.Overhead))
	p.Cuts = a.cuts(original)
	// Room for requests and limits of each container, and for the record.
	patch := make(jsonpatch.Patch, 0, 4*a.all()+1)
	for i := range spec.InitContainers {
		final := a.of(0, i)
		p.Raised.note(&original.InitContainers[i].Resources, final)
		patch = setResources(patch, containerPath("initContainers", i, "resources"),
			&spec.InitContainers[i].Resources, &original.InitContainers[i].Resources, final)
	}
	for i := range spec.Containers {
		final := a.of(1, i)
		p.Raised.note(&original.Containers[i].Resources, final)
		patch = setResources(patch, containerPath("containers", i, "resources"),
			&spec.Containers[i].Resources, &original.Containers[i].Resources, final)
	}
	if len(patch) == 0 && !recorded {
		return
	}
	text := t.recordText(admissionOf(meta), original, a, len(p.Cuts) > 0)
	patch = append(patch, jsonpatch.SetStrings("/metadata/annotations", meta.Annotations, map[string]string{RecordAnnotation: text})...)
	p.Patch = patch
}
