package sizing

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/policy"
)

// RecordAnnotation on a pod holds what its containers stated before admission changed it.
// The API server calls the webhook again when another one, such as a sidecar injector, has changed
// the pod. The second call starts from the originals: the sidecar would otherwise come on top of a
// size that is handed out already, and make the pod dearer.
const RecordAnnotation = "fargate-webhook/resources-applied"

// record is the content of a RecordAnnotation that has been read.
type record struct {
	policy policy.Resources
	// cut is true when a limit was lowered by more than half.
	cut        bool
	containers map[string]recordedValues
}

// recordedValues are what one container stated, and what that was set to, as CPU and memory.
type recordedValues struct {
	requests, limits corev1.ResourceList
	set              [2]stated
}

// original returns the spec as it was before an earlier call of this admission changed it, or spec
// itself where there is no record. Only a record that this very admission wrote counts, and only if
// it explains the current values: a pasted pod, a template with a record and a forged record
// request what they state.
func (t *Terms) original(meta *metav1.ObjectMeta, spec *corev1.PodSpec) (out *corev1.PodSpec, recorded bool) {
	r, ok := recordOf(meta)
	if !ok || !r.explains(spec, t) {
		return spec, false
	}
	return r.restored(spec), true
}

// explains reports whether handing out the recorded requests under the terms gives exactly the
// recorded values, and every recorded container is there.
func (r *record) explains(spec *corev1.PodSpec, t *Terms) bool {
	then := &corev1.PodSpec{InitContainers: r.recorded(spec.InitContainers), Containers: r.recorded(spec.Containers), Overhead: spec.Overhead}
	if r.policy != t.policy || len(then.InitContainers)+len(then.Containers) != len(r.containers) {
		return false
	}
	a, ok := t.allot(then)
	if !ok {
		return false
	}
	for list, containers := range [2][]corev1.Container{then.InitContainers, then.Containers} {
		for i := range containers {
			values := r.containers[containers[i].Name]
			for at, final := range a.of(list, i) {
				if final != values.set[at] {
					return false
				}
			}
		}
	}
	return true
}

// recorded returns the containers of the record, with what they stated then.
func (r *record) recorded(containers []corev1.Container) []corev1.Container {
	var list []corev1.Container
	for i := range containers {
		if values, ok := r.containers[containers[i].Name]; ok {
			c := containers[i]
			c.Resources = corev1.ResourceRequirements{Requests: values.requests, Limits: values.limits}
			list = append(list, c)
		}
	}
	return list
}

// requested returns what [Requested] does of the restored spec, without making one.
func (r *record) requested(spec *corev1.PodSpec) Amount {
	return requestedBy(spec, func(c *corev1.Container, at int) int64 {
		if values, ok := r.containers[c.Name]; ok {
			return values.request(at, &c.Resources)
		}
		return requestOf(c, at)
	})
}

// request returns what a container requested of the resource at a place in sized, before it got
// what it requests now.
func (v *recordedValues) request(at int, now *corev1.ResourceRequirements) int64 {
	name := sized[at]
	current, requests, limits := statedOf(now, name), now.Requests, now.Limits
	if current.request == v.set[at].request {
		requests = v.requests
	}
	if current.limit == v.set[at].limit {
		limits = v.limits
	}
	if q, ok := requests[name]; ok {
		return thousandths(q)
	}
	return thousandths(limits[name])
}

// restored returns the spec with what the containers stated.
func (r *record) restored(spec *corev1.PodSpec) *corev1.PodSpec {
	before := *spec
	before.InitContainers = r.restore(spec.InitContainers)
	before.Containers = r.restore(spec.Containers)
	return &before
}

// restore gives containers back what they stated. A request or limit that is no longer what was set
// has been changed by somebody since, and counts as stated.
func (r *record) restore(containers []corev1.Container) []corev1.Container {
	list := slices.Clone(containers)
	for i := range list {
		c := &list[i]
		values, ok := r.containers[c.Name]
		if !ok {
			continue
		}
		for at, name := range sized {
			set, now := values.set[at], statedOf(&c.Resources, name)
			if now.request == set.request {
				c.Resources.Requests = withEntry(c.Resources.Requests, name, values.requests)
			}
			if now.limit == set.limit {
				c.Resources.Limits = withEntry(c.Resources.Limits, name, values.limits)
			}
		}
	}
	return list
}

// withEntry returns a copy of list whose entry of that name is the one of from.
func withEntry(list corev1.ResourceList, name corev1.ResourceName, from corev1.ResourceList) corev1.ResourceList {
	out := maps.Clone(list)
	delete(out, name)
	if q, ok := from[name]; ok {
		return withQuantity(out, name, q)
	}
	return out
}

// withQuantity sets an entry of a list, which may be nil.
func withQuantity(list corev1.ResourceList, name corev1.ResourceName, q resource.Quantity) corev1.ResourceList {
	if list == nil {
		list = corev1.ResourceList{}
	}
	list[name] = q
	return list
}
