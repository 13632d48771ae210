package sizing

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/policy"
)

// RecordAnnotation on a pod holds, as JSON, what its containers requested before admission raised it.
// The API server calls the webhook again when another one, such as a sidecar injector, has changed
// the pod. The second call starts from the originals: the sidecar would otherwise come on top of a
// size that is handed out already, and make the pod dearer.
const RecordAnnotation = "fargate-webhook/resources-applied"

// maxRecord is the longest record that is read, in bytes.
const maxRecord = 64 << 10

// record is the content of RecordAnnotation.
type record struct {
	Policy policy.Resources `json:"policy"`
	Size   recordedSize     `json:"size"`
	// Admission identifies the admission that wrote it: see admissionOf.
	Admission  string                    `json:"admission,omitempty"`
	Containers map[string]recordedValues `json:"containers"`
}

type recordedSize struct {
	VCPU   string `json:"vcpu"`
	Memory string `json:"memory"`
}

// recordedValues are what one container stated, and what both its requests and limits were set to.
type recordedValues struct {
	Requests corev1.ResourceList `json:"requests,omitempty"`
	Limits   corev1.ResourceList `json:"limits,omitempty"`
	Set      corev1.ResourceList `json:"set"`
}

// admissionOf identifies an admission: the time of the newest managed-fields entry, and the pod's
// namespace and name or generateName. The API server sets them before it calls the first webhook, and
// they stay the same for the others. The time has whole seconds, in which somebody may create a copy.
// It is empty when the API server keeps no managed fields.
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

// newRecord records what was stated and what is set.
func (t *Terms) newRecord(meta *metav1.ObjectMeta, original *corev1.PodSpec, a *allotment) record {
	out := record{
		Policy:     t.policy,
		Size:       recordedSize{VCPU: a.size.VCPU(), Memory: a.size.Memory()},
		Admission:  admissionOf(meta),
		Containers: map[string]recordedValues{},
	}
	for list, containers := range [2][]corev1.Container{original.InitContainers, original.Containers} {
		for i := range containers {
			r := &containers[i].Resources
			set := a.value(list, i, r)
			out.Containers[containers[i].Name] = recordedValues{
				Requests: onlySized(r.Requests),
				Limits:   onlySized(r.Limits),
				Set: corev1.ResourceList{
					corev1.ResourceCPU:    resource.MustParse(finalText(r, corev1.ResourceCPU, set.MilliCPU)),
					corev1.ResourceMemory: resource.MustParse(finalText(r, corev1.ResourceMemory, set.MilliBytes)),
				},
			}
		}
	}
	return out
}

// onlySized keeps the resources by which Fargate sizes a pod.
func onlySized(list corev1.ResourceList) corev1.ResourceList {
	out := maps.Clone(list)
	maps.DeleteFunc(out, func(name corev1.ResourceName, _ resource.Quantity) bool {
		return name != corev1.ResourceCPU && name != corev1.ResourceMemory
	})
	return out
}

// original returns the spec as it was before an earlier call of this admission raised its requests,
// or spec itself where there is no record. Only a record that this very admission wrote counts, and
// only if it explains the current values: a pasted pod, a template with a record and a forged record
// request what they state.
func (t *Terms) original(meta *metav1.ObjectMeta, spec *corev1.PodSpec) (out *corev1.PodSpec, recorded bool) {
	text, ok := meta.Annotations[RecordAnnotation]
	if !ok || len(text) > maxRecord {
		return spec, false
	}
	var r record
	if err := json.Unmarshal([]byte(text), &r); err != nil || r.Admission != admissionOf(meta) || !r.explains(spec, t) {
		return spec, false
	}
	before := *spec
	before.InitContainers = r.restore(spec.InitContainers)
	before.Containers = r.restore(spec.Containers)
	return &before, true
}

// explains reports whether handing out the recorded requests under the terms gives exactly the
// recorded values, and every recorded container is there.
func (r *record) explains(spec *corev1.PodSpec, t *Terms) bool {
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

// recorded returns the containers of the record, with what they stated then.
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

// restore gives containers back what they stated. A request or limit that is no longer what was set
// has been changed by somebody since, and counts as stated.
func (r *record) restore(containers []corev1.Container) []corev1.Container {
	list := slices.Clone(containers)
	for i := range list {
		c := &list[i]
		values, ok := r.Containers[c.Name]
		if !ok {
			continue
		}
		for _, name := range sized {
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

// withEntry returns a copy of list whose entry of that name is the one of from.
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
