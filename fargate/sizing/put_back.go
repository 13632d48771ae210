package sizing

import (
	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/jsonpatch"
)

// PutBack returns a patch for the update of a pod that states the resources it was created with, as
// when the same manifest is applied again: it gives the containers what admission set then. The API
// server would refuse the update otherwise, since only a resize may change them. The patch is empty
// where any container asks for something else, so that the API server says what it refuses.
func PutBack(old, now *corev1.Pod) jsonpatch.Patch {
	text := old.Annotations[RecordAnnotation]
	r, ok := recordIn(text)
	if !ok {
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
			if patch, ok = r.putBack(patch, containerPath(list.name, i, "resources"), &list.old[i], &list.now[i]); !ok {
				return nil
			}
		}
	}
	if _, kept := now.Annotations[RecordAnnotation]; !kept && len(patch) > 0 {
		patch = append(patch, jsonpatch.SetStrings("/metadata/annotations", now.Annotations, map[string]string{RecordAnnotation: text})...)
	}
	return patch
}

// putBack appends operations that give one container what admission set. ok is false where it asks
// for something else than it did then.
func (r *record) putBack(patch jsonpatch.Patch, path string, old, now *corev1.Container) (out jsonpatch.Patch, ok bool) {
	values := r.containers[now.Name]
	requests, ok := lostEntries(old.Resources.Requests, now.Resources.Requests, values.requests, [2]int64{values.set[0].request, values.set[1].request})
	if !ok {
		return nil, false
	}
	limits, ok := lostEntries(old.Resources.Limits, now.Resources.Limits, values.limits, [2]int64{values.set[0].limit, values.set[1].limit})
	if !ok {
		return nil, false
	}
	return changeResources(patch, path, &now.Resources, requests, limits), true
}

// lostEntries returns the entries of CPU and memory to put back into now. ok is false where one
// differs from old, and isn't what was stated originally instead of what was set.
func lostEntries(old, now, stated corev1.ResourceList, set [2]int64) (lost changes, ok bool) {
	for i, name := range sized {
		before, inOld := old[name]
		after, inNow := now[name]
		then, wanted := thousandths(before), thousandths(after) // a missing one is zero
		switch {
		case inOld == inNow && then == wanted:
			continue
		case then != set[i] || wanted != thousandths(stated[name]):
			return changes{}, false
		}
		lost[i].changed = true
		if inOld {
			lost[i].text = before.String()
		}
	}
	return lost, true
}
