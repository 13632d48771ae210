package fargate

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// RecordAnnotation on a pod holds what its containers asked for before they
// were given more, as JSON. The API server calls the webhook again when
// another one, an injector of sidecars say, has changed the pod; it has to
// start from what was asked then, or the sidecar would come on top of a size
// that is already handed out, and make the pod dearer.
const RecordAnnotation = "fargate-webhook/resources-applied"

// maxRecord bounds the record that is read, in bytes.
const maxRecord = 64 << 10

// record is the contents of RecordAnnotation.
type record struct {
	Policy ResourcesPolicy `json:"policy"`
	Size   recordedSize    `json:"size"`
	// Admission tells the admission that wrote it from any other: see
	// admissionOf.
	Admission  string                    `json:"admission,omitempty"`
	Containers map[string]recordedValues `json:"containers"`
}

type recordedSize struct {
	VCPU   string `json:"vcpu"`
	Memory string `json:"memory"`
}

// recordedValues are those of one container: what it asked for, and what both
// its requests and limits were set to.
type recordedValues struct {
	Requests corev1.ResourceList `json:"requests,omitempty"`
	Limits   corev1.ResourceList `json:"limits,omitempty"`
	Set      corev1.ResourceList `json:"set"`
}

// admissionOf is the time of the newest entry of the managed fields, and the
// pod's namespace and name, or what its name is made from: the API server has
// all of them before it calls the first webhook, and they stay what they are
// for the others. The time has whole seconds, in which a copy may be made.
// Empty when the API server keeps no managed fields.
func admissionOf(meta *metav1.ObjectMeta) string {
	var newest *metav1.Time
	for i := range meta.ManagedFields {
		if at := meta.ManagedFields[i].Time; at != nil && (newest == nil || newest.Before(at)) {
			newest = at
		}
	}
	if newest.IsZero() {
		return ""
	}
	return newest.UTC().Format("2006-01-02T15:04:05Z") + " " + meta.Namespace + "/" + cmp.Or(meta.Name, meta.GenerateName)
}

// newRecord tells what was asked for and what was set.
func (t *terms) newRecord(meta *metav1.ObjectMeta, asked *corev1.PodSpec, a *allotment) record {
	out := record{
		Policy:     t.policy,
		Size:       recordedSize{VCPU: a.size.VCPU(), Memory: a.size.Memory()},
		Admission:  admissionOf(meta),
		Containers: map[string]recordedValues{},
	}
	for list, containers := range [2][]corev1.Container{asked.InitContainers, asked.Containers} {
		for i := range containers {
			r := &containers[i].Resources
			set := a.value(list, i, r)
			out.Containers[containers[i].Name] = recordedValues{
				Requests: sized(r.Requests),
				Limits:   sized(r.Limits),
				Set: corev1.ResourceList{
					corev1.ResourceCPU:    resource.MustParse(finalText(r, corev1.ResourceCPU, set.MilliCPU)),
					corev1.ResourceMemory: resource.MustParse(finalText(r, corev1.ResourceMemory, set.MilliBytes)),
				},
			}
		}
	}
	return out
}

// sized keeps the resources by which Fargate sizes a pod.
func sized(list corev1.ResourceList) corev1.ResourceList {
	out := maps.Clone(list)
	maps.DeleteFunc(out, func(name corev1.ResourceName, _ resource.Quantity) bool {
		return name != corev1.ResourceCPU && name != corev1.ResourceMemory
	})
	return out
}

// askedFor is the spec as it was before its containers were given more: spec
// itself where there is no record. Only a record that this very admission
// wrote counts, one that explains what is there: a pod that was pasted with
// one, a template that carries one, or a forged one asks for what it states.
func (t *terms) askedFor(meta *metav1.ObjectMeta, spec *corev1.PodSpec) (asked *corev1.PodSpec, recorded bool) {
	text, ok := meta.Annotations[RecordAnnotation]
	if !ok || len(text) > maxRecord {
		return spec, false
	}
	var r record
	if err := json.Unmarshal([]byte(text), &r); err != nil || r.Admission != admissionOf(meta) || !r.explains(spec, t) {
		return spec, false
	}
	out := *spec
	out.InitContainers = r.restore(spec.InitContainers)
	out.Containers = r.restore(spec.Containers)
	return &out, true
}

// explains reports whether the recorded requests, handed out under the terms,
// give just the recorded values, and every recorded container is there.
func (r *record) explains(spec *corev1.PodSpec, t *terms) bool {
	then := &corev1.PodSpec{InitContainers: r.recorded(spec.InitContainers), Containers: r.recorded(spec.Containers), Overhead: spec.Overhead}
	if r.Policy != t.policy || len(then.InitContainers)+len(then.Containers) != len(r.Containers) {
		return false
	}
	a, ok := t.allot(then)
	if !ok {
		return false
	}
	for list, containers := range [2][]corev1.Container{then.InitContainers, then.Containers} {
		for i := range containers {
			if a.value(list, i, nil) != AmountIn(r.Containers[containers[i].Name].Set) {
				return false
			}
		}
	}
	return true
}

// recorded are the containers of the record, with what they asked for then.
func (r *record) recorded(containers []corev1.Container) []corev1.Container {
	var list []corev1.Container
	for _, c := range containers {
		if values, ok := r.Containers[c.Name]; ok {
			c.Resources = corev1.ResourceRequirements{Requests: values.Requests, Limits: values.Limits}
			list = append(list, c)
		}
	}
	return list
}

// restore gives containers back what they asked for. A request or a limit that
// is no longer what was set was changed by somebody since, and counts as asked
// for.
func (r *record) restore(containers []corev1.Container) []corev1.Container {
	list := slices.Clone(containers)
	for i := range list {
		c := &list[i]
		values, ok := r.Containers[c.Name]
		if !ok {
			continue
		}
		for _, name := range [2]corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
			set, now := thousandths(values.Set[name]), statedOf(&c.Resources, name)
			if now.request == set {
				c.Resources.Requests = withEntry(c.Resources.Requests, name, values.Requests)
			}
			if now.limit == set {
				c.Resources.Limits = withEntry(c.Resources.Limits, name, values.Limits)
			}
		}
	}
	return list
}

// withEntry is a copy of list whose entry of that name is the one of from.
func withEntry(list corev1.ResourceList, name corev1.ResourceName, from corev1.ResourceList) corev1.ResourceList {
	out := maps.Clone(list)
	delete(out, name)
	if q, ok := from[name]; ok {
		if out == nil {
			out = corev1.ResourceList{}
		}
		out[name] = q
	}
	return out
}
