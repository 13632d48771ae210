package fargate

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// setResources makes a container's requests and limits equal to final. Where
// that is zero and nothing was asked for, what was set before is taken away.
func (p *Patch) setResources(path string, current, asked *corev1.ResourceRequirements, final Amount) {
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
			requests[string(v.name)] = textOrNone(asked.Requests, v.name, text, v.final)
		}
		if s.limit != v.final {
			limits[string(v.name)] = textOrNone(asked.Limits, v.name, text, v.final)
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

// textOrNone is text, or empty for an entry that is to be no more.
func textOrNone(asked corev1.ResourceList, name corev1.ResourceName, text string, final int64) string {
	if _, ok := asked[name]; final == 0 && !ok {
		return ""
	}
	return text
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

// setQuantities sets entries of a resource list at path, CPU before memory, and
// takes away those that are empty.
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
		entry := Operation{Op: opAdd, Path: path + "/" + string(name), Value: text}
		if _, ok := current[name]; ok {
			entry.Op = opReplace
		}
		if text == "" {
			entry.Op, entry.Value = opRemove, nil
		}
		*p = append(*p, entry)
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
