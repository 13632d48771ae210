package fargate

import "encoding/json"

// ResourcesPolicy says what is done to the requests and limits of pods that
// run on Fargate.
type ResourcesPolicy string

const (
	// ResourcesFit hands out what the pod's size holds beyond its requests,
	// and sets limits equal to requests. It never changes the size.
	ResourcesFit ResourcesPolicy = "Fit"
	// ResourcesLimits raises requests to limits first, and then does as Fit
	// does. It may make the pod larger, and dearer.
	ResourcesLimits ResourcesPolicy = "Limits"
	// ResourcesOff leaves requests and limits alone.
	ResourcesOff ResourcesPolicy = "Off"
)

// provision finds out what Fargate provisions for the subject and, unless it
// is judged as it stands, appends to patch what hands that out.
func (s *subject) provision(patch *Patch) {
	s.requested = Requested(s.spec)
	s.handedOut = s.requested
	if size, ok := SizeFor(s.requested); ok {
		s.size = &size
	}
	if s.asItStands || !changeable(s.spec) {
		return
	}
	t, err := termsFor(s.request, s.settings, s.meta)
	s.trouble = err
	switch {
	case t.policy == ResourcesOff || t.hold && t.policy == ResourcesLimits:
	case t.hold:
		s.fitted = true
		patch.lowerLimits(s.spec)
	default:
		s.fitted = true
		s.fit(patch, t)
	}
}

// fit hands out the size, and writes down what was asked for before.
func (s *subject) fit(patch *Patch, t *terms) {
	asked, recorded := t.askedFor(s.meta, s.spec)
	s.requested = Requested(asked)
	a, ok := t.allot(asked)
	if !ok {
		return
	}
	s.size = &a.size
	s.handedOut = containerSum(asked, a.value).add(AmountIn(asked.Overhead))
	before := len(*patch)
	for i := range s.spec.InitContainers {
		patch.setResources(containerPath("initContainers", i, "resources"), &s.spec.InitContainers[i].Resources, &asked.InitContainers[i].Resources, a.init[i])
	}
	for i := range s.spec.Containers {
		patch.setResources(containerPath("containers", i, "resources"), &s.spec.Containers[i].Resources, &asked.Containers[i].Resources, a.containers[i])
	}
	if len(*patch) == before && !recorded {
		return
	}
	text, err := json.Marshal(t.newRecord(s.meta, asked, a))
	if err != nil { // quantities always encode; without a record nothing is set
		*patch = (*patch)[:before]
		return
	}
	patch.setStrings("/metadata/annotations", s.meta.Annotations, map[string]string{RecordAnnotation: string(text)})
}
