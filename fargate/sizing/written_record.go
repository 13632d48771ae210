package sizing

import (
	"encoding/json"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/internal/quantity"
	"fargate-webhook/policy"
)

// maxRecord is the longest record that is read, in bytes.
const maxRecord = 64 << 10

// writtenRecord is a record as it stands in the annotation. Its quantities are texts until it is
// known that this admission wrote it: anybody can write an annotation.
type writtenRecord struct {
	Policy policy.Resources `json:"policy"`
	Size   struct {
		VCPU   string `json:"vcpu"`
		Memory string `json:"memory"`
	} `json:"size"`
	// Requested is what the pod requested, as Fargate counts it.
	Requested quantities `json:"requested,omitzero"`
	// Cut is true when a limit was lowered by more than half.
	Cut bool `json:"cut,omitempty"`
	// Admission identifies the admission that wrote it: see admissionOf.
	Admission  string                   `json:"admission,omitempty"`
	Containers map[string]writtenValues `json:"containers"`
}

// writtenValues are what one container stated, and what that was set to. A record of a version that
// set requests and limits to one value has other fields in Set: it explains nothing, and is
// ignored.
type writtenValues struct {
	writtenLists
	Set writtenLists `json:"set"`
}

type writtenLists struct {
	Requests quantities `json:"requests,omitzero"`
	Limits   quantities `json:"limits,omitzero"`
}

// writtenIn decodes the text of an annotation. ok is false where it is no record.
func writtenIn(text string) (w *writtenRecord, ok bool) {
	if text == "" || len(text) > maxRecord {
		return nil, false
	}
	w = &writtenRecord{}
	return w, json.Unmarshal([]byte(text), w) == nil
}

// recordIn reads the text of an annotation, whichever admission wrote it.
func recordIn(text string) (r *record, ok bool) {
	w, ok := writtenIn(text)
	if !ok {
		return nil, false
	}
	return w.read()
}

// read parses the quantities. ok is false if one is invalid.
func (w *writtenRecord) read() (r *record, ok bool) {
	r = &record{policy: w.Policy, containers: make(map[string]recordedValues, len(w.Containers))}
	for name, values := range w.Containers {
		stated, ok := values.read()
		if !ok {
			return nil, false
		}
		set, ok := values.Set.read()
		if !ok {
			return nil, false
		}
		r.containers[name] = recordedValues{recordedLists: stated, set: set}
	}
	return r, true
}

func (w *writtenLists) read() (lists recordedLists, ok bool) {
	requests, ok := w.Requests.read()
	if !ok {
		return recordedLists{}, false
	}
	limits, ok := w.Limits.read()
	return recordedLists{requests: requests, limits: limits}, ok
}

func (w *quantities) read() (list corev1.ResourceList, ok bool) {
	for at, text := range [2]string{w.CPU, w.Memory} {
		if text == "" {
			continue
		}
		q, err := quantity.Parse(text)
		if err != nil {
			return nil, false
		}
		list = withQuantity(list, sized[at], q)
	}
	return list, true
}

// recordText writes what the containers stated, and what is set. It is what encoding a
// writtenRecord gives, at a fraction of the cost.
func (t *Terms) recordText(meta *metav1.ObjectMeta, original *corev1.PodSpec, requested Amount, a *allotment, cut bool) string {
	var b strings.Builder
	b.Grow(256 + 256*a.all())
	b.WriteString(`{"policy":`)
	writeJSON(&b, string(t.policy))
	b.WriteString(`,"size":{"vcpu":"` + a.size.VCPU() + `","memory":"` + a.size.Memory() + `"}`)
	if amount := textsOfAmount(requested); amount != (quantities{}) {
		b.WriteString(recordedRequested)
		amount.write(&b)
	}
	if cut {
		b.WriteString(recordedCut)
	}
	if admission := admissionOf(meta); admission != "" {
		b.WriteString(recordedAdmission)
		writeJSON(&b, admission)
	}
	b.WriteString(recordedContainers)
	for i, c := range namedContainers(original) {
		if i > 0 {
			b.WriteByte(',')
		}
		writeJSON(&b, c.container.Name)
		b.WriteString(`:{`)
		r := &c.container.Resources
		requests, limits := textsOf(r.Requests), textsOf(r.Limits)
		if writeLists(&b, requests, limits) {
			b.WriteByte(',')
		}
		b.WriteString(`"set":{`)
		var set writtenLists
		for at, final := range a.of(c.list, c.index) {
			set.Requests.put(at, finalText(nil, r, sized[at], final.request))
			set.Limits.put(at, finalText(nil, r, sized[at], final.limit))
		}
		writeLists(&b, set.Requests, set.Limits)
		b.WriteString(`}}`)
	}
	b.WriteString(`}}`)
	return b.String()
}

// recordedCut is what a record has when a limit was lowered by more than half.
const recordedCut = `,"cut":true`

// namedContainer is a container of a pod, and its place there; list is 0 for init containers.
type namedContainer struct {
	container   *corev1.Container
	list, index int
}

// namedContainers returns the containers of a pod by name, each name once: the last one's.
func namedContainers(spec *corev1.PodSpec) []namedContainer {
	out := make([]namedContainer, 0, len(spec.InitContainers)+len(spec.Containers))
	for list, containers := range [2][]corev1.Container{spec.InitContainers, spec.Containers} {
		for i := range containers {
			out = append(out, namedContainer{container: &containers[i], list: list, index: i})
		}
	}
	slices.SortStableFunc(out, func(a, b namedContainer) int { return strings.Compare(b.container.Name, a.container.Name) })
	slices.Reverse(out)
	return slices.CompactFunc(out, func(a, b namedContainer) bool { return a.container.Name == b.container.Name })
}

// writeLists writes the lists that aren't empty, and reports whether one is not.
func writeLists(b *strings.Builder, requests, limits quantities) bool {
	if requests != (quantities{}) {
		b.WriteString(`"requests":`)
		requests.write(b)
	}
	if limits != (quantities{}) {
		if requests != (quantities{}) {
			b.WriteByte(',')
		}
		b.WriteString(`"limits":`)
		limits.write(b)
	}
	return requests != (quantities{}) || limits != (quantities{})
}

func (w *quantities) write(b *strings.Builder) {
	separator := byte('{')
	for at, text := range [2]string{w.CPU, w.Memory} {
		if text != "" {
			b.WriteByte(separator)
			b.WriteString(`"` + string(sized[at]) + `":"` + text + `"`)
			separator = ','
		}
	}
	b.WriteByte('}')
}

// writeJSON writes a string, which somebody else has chosen.
func writeJSON(b *strings.Builder, s string) {
	text, err := json.Marshal(s)
	if err != nil { // a string always encodes
		return
	}
	b.Write(text)
}
