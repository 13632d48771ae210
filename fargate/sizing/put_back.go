package sizing

import (
	"encoding/json"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"fargate-webhook/fargate/jsonpatch"
)

// PutBack returns a patch for the update of a pod that states the resources it was created with, as
// when the same manifest is applied again: it gives the containers what admission set then. The API
// server would refuse the update otherwise, since only a resize may change them. The patch is empty
// where any container asks for something else, so that the API server says what it refuses.
func PutBack(old, now *corev1.Pod) jsonpatch.Patch {
	text, ok := old.Annotations[RecordAnnotation]
	var r record
	if !ok || len(text) > maxRecord || json.Unmarshal([]byte(text), &r) != nil {
		return nil
	}
	var patch jsonpatch.Patch
	for _, list := range [2]struct {
		name     string
		old, now []corev1.Container
	}{{"initContainers", old.Spec.InitContainers, now.Spec.InitContainers}, {"containers", old.Spec.Containers, now.Spec.Containers}} {
		if len(list.old) != len(list.now) {
			return nil
		}
		for i := range list.now {
			if list.old[i].Name != list.now[i].Name {
				return nil
			}
			back, ok := r.putBack(containerPath(list.name, i, "resources"), &list.old[i], &list.now[i])
			if !ok {
				return nil
			}
			patch = append(patch, back...)
		}
	}
	if _, kept := now.Annotations[RecordAnnotation]; !kept && len(patch) > 0 {
		patch = append(patch, jsonpatch.SetStrings("/metadata/annotations", now.Annotations, map[string]string{RecordAnnotation: text})...)
	}
	return patch
}

// putBack gives one container what admission set. ok is false where it asks for something else than
// it did then.
func (r *record) putBack(path string, old, now *corev1.Container) (patch jsonpatch.Patch, ok bool) {
	values := r.Containers[now.Name]
	requests, ok := lostEntries(old.Resources.Requests, now.Resources.Requests, values.Requests, values.Set.Requests)
	if !ok {
		return nil, false
	}
	limits, ok := lostEntries(old.Resources.Limits, now.Resources.Limits, values.Limits, values.Set.Limits)
	if !ok {
		return nil, false
	}
	switch current := &now.Resources; {
	case len(requests)+len(limits) == 0:
		return nil, true
	case current.Requests == nil && current.Limits == nil && len(current.Claims) == 0:
		resources := map[string]any{}
		if len(requests) > 0 {
			resources["requests"] = requests
		}
		if len(limits) > 0 {
			resources["limits"] = limits
		}
		return jsonpatch.Patch{jsonpatch.Add(path, resources)}, true
	default:
		return append(setQuantities(path+"/requests", current.Requests, requests), setQuantities(path+"/limits", current.Limits, limits)...), true
	}
}

// lostEntries returns the entries of CPU and memory to put back into now. ok is false where one
// differs from old, and isn't what was stated originally instead of what was set.
func lostEntries(old, now, stated, set corev1.ResourceList) (lost map[string]string, ok bool) {
	lost = map[string]string{}
	for _, name := range sized {
		before, inOld := old[name]
		after, inNow := now[name]
		same := func(a, b resource.Quantity) bool { return a.Cmp(b) == 0 } // a missing one is zero
		switch {
		case inOld == inNow && same(before, after):
			continue
		case !same(before, set[name]) || !same(after, stated[name]):
			return nil, false
		}
		lost[string(name)] = ""
		if inOld {
			lost[string(name)] = before.String()
		}
	}
	return lost, true
}
