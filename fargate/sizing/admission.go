package sizing

import (
	"cmp"
	"encoding/base64"
	"hash/fnv"
	"slices"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// admissionOf identifies an admission: the time of the newest managed-fields entry, in seconds with
// base 36, and four characters for the pod's namespace and its name, or generateName while it has no
// name. The API server sets the time before it calls the first webhook, and it stays the same for the
// others. Somebody may create a copy within the second. It is empty when the API server keeps no
// managed fields.
func admissionOf(meta *metav1.ObjectMeta) string {
	at := admittedAt(meta)
	if at == "" {
		return ""
	}
	return at + nameHash(meta.Namespace, cmp.Or(meta.Name, meta.GenerateName))
}

// admittedAt returns the time of an admission as it is written there.
func admittedAt(meta *metav1.ObjectMeta) string {
	var newest *metav1.Time
	for i := range meta.ManagedFields {
		if at := meta.ManagedFields[i].Time; at != nil && (newest == nil || newest.Before(at)) {
			newest = at
		}
	}
	if newest.IsZero() {
		return ""
	}
	return strconv.FormatInt(newest.Unix(), 36)
}

// hashLength is how many characters stand for a namespace and name in an admission.
const hashLength = 4

// nameHash returns these characters, which hold 24 bits.
func nameHash(namespace, name string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(namespace + "/" + name)) // which never fails
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[1:])
}

// at returns the time of the admission that wrote a record, as it is written there.
func (w *writtenRecord) at() string { return w.admission[:max(len(w.admission)-hashLength, 0)] }

// names reports whether the admission that wrote a record was of a pod with one of some names.
func (w *writtenRecord) names(namespace string, names ...string) bool {
	hash := w.admission[len(w.at()):]
	return slices.ContainsFunc(names, func(name string) bool { return hash == nameHash(namespace, name) })
}

// now reports whether this admission of a pod with one of some names wrote a record.
func (w *writtenRecord) now(meta *metav1.ObjectMeta, names []string) bool {
	if at := admittedAt(meta); at != "" {
		return w.at() == at && w.names(meta.Namespace, names...)
	}
	return w.admission == ""
}

// recordOf returns the record that this admission of a pod wrote, while the pod may still be changed.
// ok is false where there is none, or one of another admission, as on a pasted pod and in a template.
func recordOf(meta *metav1.ObjectMeta) (r *record, ok bool) {
	return recordBy(meta, cmp.Or(meta.Name, meta.GenerateName))
}

// finalRecordOf returns that record once the pod is complete: the API server makes a name of
// generateName between the mutating webhooks and the validating ones.
func finalRecordOf(meta *metav1.ObjectMeta) (r *record, ok bool) {
	return recordBy(meta, meta.Name, meta.GenerateName)
}

// recordBy returns the record that this admission wrote for a pod with one of some names.
func recordBy(meta *metav1.ObjectMeta, names ...string) (r *record, ok bool) {
	text := meta.Annotations[RecordAnnotation]
	if text == "" {
		return nil, false
	}
	written, ok := writtenIn(text)
	if !ok || !written.now(meta, names) {
		return nil, false
	}
	return written.read()
}
