package fargate

import (
	"encoding/json"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

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
		patch.setResources(containerPath("initContainers", i, "resources"), &s.spec.InitContainers[i].Resources, a.init[i])
	}
	for i := range s.spec.Containers {
		patch.setResources(containerPath("containers", i, "resources"), &s.spec.Containers[i].Resources, a.containers[i])
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

// setResources makes a container's requests and limits equal to final.
func (p *Patch) setResources(path string, current *corev1.ResourceRequirements, final Amount) {
	requests, limits := map[string]string{}, map[string]string{}
	for _, v := range [2]struct {
		name  corev1.ResourceName
		final int64
	}{{corev1.ResourceCPU, final.MilliCPU}, {corev1.ResourceMemory, final.MilliBytes}} {
		s := statedOf(current, v.name)
		if s.request == v.final && s.limit == v.final {
			continue
		}
		text := finalText(current, v.name, v.final)
		if s.request != v.final {
			requests[string(v.name)] = text
		}
		if s.limit != v.final {
			limits[string(v.name)] = text
		}
	}
	if len(requests)+len(limits) == 0 {
		return
	}
	if current.Requests == nil && current.Limits == nil && len(current.Claims) == 0 {
		*p = append(*p, Operation{Op: opAdd, Path: path, Value: map[string]any{"requests": requests, "limits": limits}})
		return
	}
	p.setQuantities(path+"/requests", current.Requests, requests)
	p.setQuantities(path+"/limits", current.Limits, limits)
}

// lowerLimits brings limits down to the requests they are above, as Fargate
// wants them (F3.9), and raises nothing: a quota counts it. A request of zero
// is no request, and its limit stays.
func (p *Patch) lowerLimits(spec *corev1.PodSpec) {
	lower := func(list string, index int, r *corev1.ResourceRequirements) {
		limits := map[string]string{}
		for _, name := range [2]corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
			if s := statedOf(r, name); s.request > 0 && s.limit > s.request {
				limits[string(name)] = finalText(r, name, s.request)
			}
		}
		p.setQuantities(containerPath(list, index, "resources/limits"), r.Limits, limits)
	}
	for i := range spec.InitContainers {
		lower("initContainers", i, &spec.InitContainers[i].Resources)
	}
	for i := range spec.Containers {
		lower("containers", i, &spec.Containers[i].Resources)
	}
}

// setQuantities sets entries of a resource list at path, CPU before memory.
func (p *Patch) setQuantities(path string, current corev1.ResourceList, want map[string]string) {
	if current == nil && len(want) > 0 {
		*p = append(*p, Operation{Op: opAdd, Path: path, Value: want})
		return
	}
	for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
		text, ok := want[string(name)]
		if !ok {
			continue
		}
		op := opAdd
		if _, ok := current[name]; ok {
			op = opReplace
		}
		*p = append(*p, Operation{Op: op, Path: path + "/" + string(name), Value: text})
	}
}

// finalText writes a value as the user wrote it where that is what it stays,
// else in the resource's usual form.
func finalText(current *corev1.ResourceRequirements, name corev1.ResourceName, final int64) string {
	for _, list := range []corev1.ResourceList{current.Requests, current.Limits} {
		if q, ok := list[name]; ok && thousandths(q) == final {
			return q.String()
		}
	}
	return quantityText(name, final)
}

// quantityText writes thousandths of a resource in its usual form.
func quantityText(name corev1.ResourceName, thousandths int64) string {
	if name == corev1.ResourceCPU || thousandths%milli != 0 {
		return resource.NewMilliQuantity(thousandths, resource.DecimalSI).String()
	}
	return resource.NewQuantity(thousandths/milli, resource.BinarySI).String()
}
