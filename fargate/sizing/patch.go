package sizing

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/jsonpatch"
)

// setResources makes a container's requests and limits equal to final. Where that is zero and
// nothing was stated originally, what an earlier call set is removed.
func setResources(path string, current, original *corev1.ResourceRequirements, final Amount) jsonpatch.Patch {
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
			requests[string(v.name)] = textOrNone(original.Requests, v.name, text, v.final)
		}
		if s.limit != v.final {
			limits[string(v.name)] = textOrNone(original.Limits, v.name, text, v.final)
		}
	}
	if len(requests)+len(limits) == 0 {
		return nil
	}
	if current.Requests == nil && current.Limits == nil && len(current.Claims) == 0 {
		return jsonpatch.Patch{jsonpatch.Add(path, map[string]any{"requests": requests, "limits": limits})}
	}
	return append(setQuantities(path+"/requests", current.Requests, requests), setQuantities(path+"/limits", current.Limits, limits)...)
}

// textOrNone returns text, or "" for an entry to be removed.
func textOrNone(original corev1.ResourceList, name corev1.ResourceName, text string, final int64) string {
	if _, ok := original[name]; final == 0 && !ok {
		return ""
	}
	return text
}

// lowerLimits brings limits down to the requests that they exceed (F3.9), and raises nothing: a quota
// counts it. A request of zero is no request, and its limit stays.
func lowerLimits(spec *corev1.PodSpec) jsonpatch.Patch {
	var patch jsonpatch.Patch
	lower := func(list string, index int, r *corev1.ResourceRequirements) {
		limits := map[string]string{}
		for _, name := range sized {
			if s := statedOf(r, name); s.request > 0 && s.limit > s.request {
				limits[string(name)] = finalText(r, name, s.request)
			}
		}
		patch = append(patch, setQuantities(containerPath(list, index, "resources/limits"), r.Limits, limits)...)
	}
	for i := range spec.InitContainers {
		lower("initContainers", i, &spec.InitContainers[i].Resources)
	}
	for i := range spec.Containers {
		lower("containers", i, &spec.Containers[i].Resources)
	}
	return patch
}

// setQuantities sets entries of the resource list at path, CPU before memory, and removes those
// whose text is empty.
func setQuantities(path string, current corev1.ResourceList, want map[string]string) jsonpatch.Patch {
	if current == nil && len(want) > 0 {
		return jsonpatch.Patch{jsonpatch.Add(path, want)}
	}
	var patch jsonpatch.Patch
	for _, name := range sized {
		text, ok := want[string(name)]
		if !ok {
			continue
		}
		at := path + "/" + string(name)
		switch _, present := current[name]; {
		case text == "":
			patch = append(patch, jsonpatch.Remove(at))
		case present:
			patch = append(patch, jsonpatch.Replace(at, text))
		default:
			patch = append(patch, jsonpatch.Add(at, text))
		}
	}
	return patch
}

// finalText writes a value as the user wrote it where it stays the same, else in the usual form.
func finalText(current *corev1.ResourceRequirements, name corev1.ResourceName, final int64) string {
	for _, list := range [2]corev1.ResourceList{current.Requests, current.Limits} {
		if q, ok := list[name]; ok && thousandths(q) == final {
			return q.String()
		}
	}
	return Quantity(name, final)
}

// containerPath returns the pointer to a container's field.
func containerPath(list string, index int, field string) string {
	return "/spec/" + list + "/" + strconv.Itoa(index) + "/" + field
}
