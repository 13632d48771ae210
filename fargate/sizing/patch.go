package sizing

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/jsonpatch"
)

// Resources are requests and limits, as a patch sets them in a container that states neither.
type Resources struct {
	Limits   Quantities `json:"limits,omitzero"`
	Requests Quantities `json:"requests,omitzero"`
}

// AppendJSON appends them as encoding/json writes them.
func (r Resources) AppendJSON(b []byte) []byte {
	b = append(b, '{')
	if r.Limits != (Quantities{}) {
		b = r.Limits.AppendJSON(append(b, `"limits":`...))
		if r.Requests != (Quantities{}) {
			b = append(b, ',')
		}
	}
	if r.Requests != (Quantities{}) {
		b = r.Requests.AppendJSON(append(b, `"requests":`...))
	}
	return append(b, '}')
}

// change says what becomes of one entry of a resource list: it gets a text, it is removed where
// text is "", or it stays as it is.
type change struct {
	changed bool
	text    string
}

// changes are those of CPU and memory.
type changes [2]change

// replaces reports an entry of a list that gets another text; at is its place in sized.
func (c *change) replaces(current corev1.ResourceList, at int) bool {
	_, there := current[sized[at]]
	return there && c.changed && c.text != ""
}

func (c *changes) any() bool { return c[0].changed || c[1].changed }

// setResources appends operations that set a container's requests and limits of CPU and memory.
// Where these are zero, what an earlier call set is removed, and what was stated originally is
// restored.
func setResources(patch jsonpatch.Patch, path string, current, original *corev1.ResourceRequirements, final [2]stated) jsonpatch.Patch {
	var requests, limits changes
	for i, name := range sized {
		now, want := statedOf(current, name), final[i]
		if now.limit != want.limit {
			limits[i] = entry(current.Limits, name, finalText(original.Limits, current, name, want.limit))
		}
		text := finalText(original.Requests, current, name, want.request)
		if text == "" && want.limit > 0 {
			text = "0" // the API server makes a limit without a request a request too (F3.10)
		}
		_, stated := current.Requests[name]
		if now.request != want.request || stated && text == "" || !stated && limits[i].text != "" {
			requests[i] = entry(current.Requests, name, text)
		}
	}
	return changeResources(patch, path, current, requests, limits)
}

// entry returns the change of an entry to a text; "" removes one that is there.
func entry(current corev1.ResourceList, name corev1.ResourceName, text string) change {
	_, there := current[name]
	return change{changed: there || text != "", text: text}
}

// changeResources appends operations that change requests and limits of the container whose
// resources are at path.
func changeResources(patch jsonpatch.Patch, path string, current *corev1.ResourceRequirements, requests, limits changes) jsonpatch.Patch {
	switch {
	case !requests.any() && !limits.any():
		return patch
	case current.Requests != nil || current.Limits != nil || len(current.Claims) > 0:
		return changeList(changeList(patch, path+"/requests", current.Requests, requests), path+"/limits", current.Limits, limits)
	}
	return append(patch, jsonpatch.Add(path, Resources{Requests: requests.quantities(), Limits: limits.quantities()}))
}

// quantities returns the texts.
func (c *changes) quantities() Quantities { return Quantities{CPU: c[0].text, Memory: c[1].text} }

// changeList appends operations that change entries of the resource list at path, CPU before
// memory.
func changeList(patch jsonpatch.Patch, path string, current corev1.ResourceList, want changes) jsonpatch.Patch {
	switch {
	case current == nil && want.any():
		return append(patch, jsonpatch.Add(path, want.quantities()))
	case len(current) == len(sized) && want[0].replaces(current, 0) && want[1].replaces(current, 1):
		// Each operation costs the API server more than its value does. An addition replaces what is
		// there.
		return append(patch, jsonpatch.Add(path, want.quantities()))
	}
	for i, name := range sized {
		if !want[i].changed {
			continue
		}
		at := path + "/" + string(name)
		switch _, present := current[name]; {
		case want[i].text == "":
			patch = append(patch, jsonpatch.Remove(at))
		case present:
			patch = append(patch, jsonpatch.Replace(at, want[i].text))
		default:
			patch = append(patch, jsonpatch.Add(at, want[i].text))
		}
	}
	return patch
}

// containerPath returns the pointer to a container's field.
func containerPath(list string, index int, field string) string {
	return "/spec/" + list + "/" + strconv.Itoa(index) + "/" + field
}
