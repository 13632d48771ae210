package sizing

import corev1 "k8s.io/api/core/v1"

// Cut is a limit that admission lowers to less than half of what the container states.
type Cut struct {
	// List is the field of the spec that has the container, "containers" or "initContainers", and
	// Index its place there.
	List  string
	Index int
	// Resource is CPU or memory.
	Resource corev1.ResourceName
	// From and To are the limit before and after, in thousandths of its unit.
	From, To int64
}

// large reports a limit that falls to less than half.
func large(from, to int64) bool { return to > 0 && to < from-to }

// cuts returns the limits that an allotment lowers by more than half, in the order of containers.
func (a *allotment) cuts(original *corev1.PodSpec) []Cut {
	var cuts []Cut
	for list, containers := range [2][]corev1.Container{original.InitContainers, original.Containers} {
		for i := range containers {
			at := a.position(list, i)
			for _, d := range [2]*dimension{&a.cpu, &a.memory} {
				if m := &d.members[at]; large(m.limit, m.final.limit) {
					cuts = append(cuts, Cut{List: lists[list], Index: i, Resource: d.name, From: m.limit, To: m.final.limit})
				}
			}
		}
	}
	return cuts
}

// lists are the fields of a spec that have the containers whose resources are set.
var lists = [2]string{"initContainers", "containers"}

// cuts returns the limits that an earlier call of this admission lowered by more than half, and
// nobody changed since, in the order of containers.
func (r *record) cuts(spec *corev1.PodSpec) []Cut {
	if !r.cut {
		return nil
	}
	var cuts []Cut
	for list, containers := range [2][]corev1.Container{spec.InitContainers, spec.Containers} {
		for i := range containers {
			values := r.containers[containers[i].Name]
			for at, name := range sized {
				from, to := thousandths(values.limits[name]), statedOf(&containers[i].Resources, name).limit
				if large(from, to) && to == values.set[at].limit {
					cuts = append(cuts, Cut{List: lists[list], Index: i, Resource: name, From: from, To: to})
				}
			}
		}
	}
	return cuts
}
