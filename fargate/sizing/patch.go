package sizing

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/jsonpatch"
)

// setResources sets a container's requests and limits of CPU and memory. Where these are zero, what
// an earlier call set is removed, and what was stated originally is restored.
func setResources(path string, current, original *corev1.ResourceRequirements, final [2]stated) jsonpatch.Patch {
	requests, limits := map[string]string{}, map[string]string{}
	for i, name := range sized {
		now, want := statedOf(current, name), final[i]
		if now.limit != want.limit {
			setText(limits, name, finalText(original.Limits, current, name, want.limit), current.Limits)
		}
		text := finalText(original.Requests, current, name, want.request)
		if text == "" && want.limit > 0 {
			text = "0" // the API server makes a limit without a request a request too (F3.10)
		}
		_, stated := current.Requests[name]
		if now.request != want.request || stated && text == "" || !stated && limits[string(name)] != "" {
			setText(requests, name, text, current.Requests)
		}
	}
	switch {
	case len(requests)+len(limits) == 0:
		return nil
	case current.Requests != nil || current.Limits != nil || len(current.Claims) > 0:
		return append(setQuantities(path+"/requests", current.Requests, requests), setQuantities(path+"/limits", current.Limits, limits)...)
	}
	resources := map[string]any{}
	if len(requests) > 0 {
		resources["requests"] = requests
	}
	if len(limits) > 0 {
		resources["limits"] = limits
	}
	return jsonpatch.Patch{jsonpatch.Add(path, resources)}
}

// setText sets the text of an entry; "" removes one that is there.
func setText(texts map[string]string, name corev1.ResourceName, text string, current corev1.ResourceList) {
	if _, ok := current[name]; ok || text != "" {
		texts[string(name)] = text
	}
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
// Zero is "" unless it was stated originally.
func finalText(original corev1.ResourceList, current *corev1.ResourceRequirements, name corev1.ResourceName, final int64) string {
	if q, ok := original[name]; ok && thousandths(q) == final {
		return q.String()
	}
	if final == 0 {
		return ""
	}
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
