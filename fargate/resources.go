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
	// ResourcesLimits raises requests to limits first, and then does as Fit does.
	ResourcesLimits ResourcesPolicy = "Limits"
	// ResourcesOff leaves requests and limits alone.
	ResourcesOff ResourcesPolicy = "Off"
)

// maxShared is the number of containers of a pod above which none is given
// anything. Sharing takes time that grows faster than their number, and a
// request body holds hundreds of thousands.
const maxShared = 256

// allotment holds the final value of each init container and each container,
// by their order in the spec.
type allotment [2][]Amount

// fitResources appends to patch what makes every container's requests and
// limits equal, within the size of what they asked for. asked is what current
// was before it was given anything; recorded says that the two may differ.
// Pod-level resources (F3.8) are a statement about the whole pod: then the
// containers are let be.
func fitResources(patch *Patch, annotations map[string]string, current, asked *corev1.PodSpec, recorded bool, size Size) {
	if current.Resources != nil || len(current.InitContainers)+len(current.Containers) > maxShared {
		return
	}
	values := fitSpec(asked, size)
	before := len(*patch)
	for i := range current.InitContainers {
		patch.setResources(containerPath("initContainers", i, "resources"), &current.InitContainers[i].Resources, values[0][i])
	}
	for i := range current.Containers {
		patch.setResources(containerPath("containers", i, "resources"), &current.Containers[i].Resources, values[1][i])
	}
	if len(*patch) == before && !recorded {
		return
	}
	text, err := json.Marshal(newRecord(asked, size, values))
	if err != nil { // quantities always encode; without a record nothing is set
		*patch = (*patch)[:before]
		return
	}
	patch.setStrings("/metadata/annotations", annotations, map[string]string{RecordAnnotation: string(text)})
}

// fitSpec hands out a size to containers that ask for what spec says.
func fitSpec(spec *corev1.PodSpec, size Size) allotment {
	sidecar := make([]bool, len(spec.InitContainers))
	for i := range spec.InitContainers {
		sidecar[i] = isSidecar(&spec.InitContainers[i])
	}
	var outcome [2]fitted
	for i, d := range dimensions(size.Budget()) {
		outcome[i] = d.fit(statedIn(spec.InitContainers, d.name), statedIn(spec.Containers, d.name), sidecar)
	}
	return allotment{
		amounts(outcome[0].init, outcome[1].init),
		amounts(outcome[0].containers, outcome[1].containers),
	}
}

func amounts(milliCPU, milliBytes []int64) []Amount {
	list := make([]Amount, len(milliCPU))
	for i := range list {
		list[i] = Amount{MilliCPU: milliCPU[i], MilliBytes: milliBytes[i]}
	}
	return list
}

func statedIn(containers []corev1.Container, name corev1.ResourceName) []stated {
	list := make([]stated, len(containers))
	for i := range containers {
		list[i] = statedOf(&containers[i].Resources, name)
	}
	return list
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
	if name == corev1.ResourceCPU || final%milli != 0 {
		return resource.NewMilliQuantity(final, resource.DecimalSI).String()
	}
	return resource.NewQuantity(final/milli, resource.BinarySI).String()
}
