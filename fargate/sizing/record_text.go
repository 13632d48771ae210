package sizing

import (
	"net/url"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"fargate-webhook/internal/quantity"
	"fargate-webhook/policy"
)

// maxRecord is the longest record that is read, in bytes.
const maxRecord = 64 << 10

// A record is one line of fields with a blank between them:
//
//	Fit sz8k3mXk0w web=100m/:250m,128Mi/:256Mi proxy=,64Mi
//
// the resources policy, with an exclamation mark when a limit was lowered by more than half, the
// admission that wrote it (see admissionOf) where there is one, and for each container what it stated and, after a colon, what that was set to, first CPU, then memory. A
// request and a limit have a slash between them, and a value without one is both. What isn't set
// stays as it was stated. The text is short, and nothing in it needs an escape in JSON, since the API
// server reads and writes it with every patch.

// RecordedCut is in a record when a limit was lowered by more than half, and in no other.
const RecordedCut = "! "

// writtenRecord is a record whose containers have not been read: anybody can write an annotation,
// and parsing takes time.
type writtenRecord struct {
	policy     policy.Resources
	cut        bool
	admission  string
	containers string
}

// writtenIn reads the head of a record. ok is false for what is none.
func writtenIn(text string) (w writtenRecord, ok bool) {
	if len(text) > maxRecord {
		return writtenRecord{}, false
	}
	head, rest, ok := strings.Cut(text, " ")
	if !ok {
		return writtenRecord{}, false
	}
	head, cut := strings.CutSuffix(head, "!")
	w = writtenRecord{policy: policy.Resources(head), cut: cut, containers: rest}
	if first, others, _ := strings.Cut(rest, " "); !strings.Contains(first, "=") {
		w.admission, w.containers = first, others
	}
	return w, true
}

// recordIn reads the text of an annotation, whichever admission wrote it.
func recordIn(text string) (r *record, ok bool) {
	w, ok := writtenIn(text)
	if !ok {
		return nil, false
	}
	return w.read()
}

// read reads the containers. ok is false if a quantity is invalid, or a container is there twice.
func (w *writtenRecord) read() (r *record, ok bool) {
	r = &record{policy: w.policy, cut: w.cut, containers: make(map[string]recordedValues, strings.Count(w.containers, "="))}
	for field := range strings.SplitSeq(w.containers, " ") {
		escaped, values, ok := strings.Cut(field, "=")
		if !ok {
			return nil, false
		}
		name, err := url.QueryUnescape(escaped)
		if _, twice := r.containers[name]; twice || err != nil {
			return nil, false
		}
		cpu, memory, ok := strings.Cut(values, ",")
		if !ok {
			return nil, false
		}
		var read recordedValues
		if !read.add(0, cpu) || !read.add(1, memory) {
			return nil, false
		}
		r.containers[name] = read
	}
	return r, true
}

// add reads what was stated of the resource at a place in sized, and what that was set to.
func (v *recordedValues) add(at int, text string) (ok bool) {
	before, after, changed := strings.Cut(text, ":")
	request, limit, ok := readPair(before)
	if !ok {
		return false
	}
	if request != nil {
		v.requests = withQuantity(v.requests, sized[at], *request)
	}
	if limit != nil {
		v.limits = withQuantity(v.limits, sized[at], *limit)
	}
	if changed {
		if request, limit, ok = readPair(after); !ok {
			return false
		}
	}
	if request != nil {
		v.set[at].request = thousandths(*request)
	}
	if limit != nil {
		v.set[at].limit = thousandths(*limit)
	}
	return true
}

// readPair reads a request and a limit, nil for none.
func readPair(text string) (request, limit *resource.Quantity, ok bool) {
	first, second, two := strings.Cut(text, "/")
	if first != "" {
		q, err := quantity.Parse(first)
		if err != nil {
			return nil, nil, false
		}
		request = &q
	}
	if !two {
		return request, request, true
	}
	if second != "" {
		q, err := quantity.Parse(second)
		if err != nil {
			return nil, nil, false
		}
		limit = &q
	}
	return request, limit, true
}

// recordText writes what the containers stated, and what is set.
func (t *Terms) recordText(admission string, original *corev1.PodSpec, a *allotment, cut bool) string {
	var b strings.Builder
	b.Grow(64 + 64*a.all())
	b.WriteString(string(t.policy))
	if cut {
		b.WriteString(RecordedCut)
	} else {
		b.WriteByte(' ')
	}
	if admission != "" {
		b.WriteString(admission)
		b.WriteByte(' ')
	}
	for i, c := range namedContainers(original) {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(url.QueryEscape(c.container.Name)) // which is as it is, or the API server refuses the pod
		final := a.of(c.list, c.index)
		for at, separator := range [2]byte{'=', ','} {
			b.WriteByte(separator)
			writeValues(&b, &c.container.Resources, sized[at], final[at])
		}
	}
	return b.String()
}

// writeValues writes what a container states of a resource, and what that is set to.
func writeValues(b *strings.Builder, r *corev1.ResourceRequirements, name corev1.ResourceName, final stated) {
	request, limit := textOf(r.Requests, name), textOf(r.Limits, name)
	writePair(b, request, limit)
	setRequest, setLimit := finalText(nil, r, name, final.request), finalText(nil, r, name, final.limit)
	if setRequest != request || setLimit != limit {
		b.WriteByte(':')
		writePair(b, setRequest, setLimit)
	}
}

// writePair writes a request and a limit.
func writePair(b *strings.Builder, request, limit string) {
	b.WriteString(request)
	if limit != request {
		b.WriteByte('/')
		b.WriteString(limit)
	}
}

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
