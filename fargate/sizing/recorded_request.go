package sizing

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/internal/quantity"
)

const (
	// recordedRequested, recordedAdmission and recordedContainers are what stands before these
	// fields of a record, in the order in which they are written.
	recordedRequested  = `,"requested":`
	recordedAdmission  = `,"admission":`
	recordedContainers = `,"containers":{`
)

// textsOfAmount returns CPU and memory as they are written, "" for zero.
func textsOfAmount(a Amount) (out quantities) {
	for at, value := range [2]int64{a.MilliCPU, a.MilliBytes} {
		if value > 0 {
			out.put(at, Quantity(sized[at], value))
		}
	}
	return out
}

// recordedRequest returns what a pod requested before this admission changed it. ok is false where
// there is no record, or one of another admission. It reads the few fields that it needs: to decode
// a record takes as long as half a decision.
func recordedRequest(meta *metav1.ObjectMeta) (requested Amount, ok bool) {
	text := meta.Annotations[RecordAnnotation]
	if text == "" || len(text) > maxRecord {
		return Amount{}, false
	}
	head, _, ok := strings.Cut(text, recordedContainers)
	if !ok || !writtenBy(head, admissionOf(meta)) {
		return Amount{}, false
	}
	_, values, ok := strings.Cut(head, recordedRequested+"{")
	if !ok {
		return Amount{}, true // it requested nothing
	}
	values, _, ok = strings.Cut(values, "}")
	if !ok {
		return Amount{}, false
	}
	cpu, ok := recordedAmount(values, corev1.ResourceCPU)
	if !ok {
		return Amount{}, false
	}
	memory, ok := recordedAmount(values, corev1.ResourceMemory)
	return Amount{MilliCPU: cpu, MilliBytes: memory}, ok
}

// writtenBy reports a record that an admission wrote, by the text before its containers.
func writtenBy(head, admission string) bool {
	if admission == "" {
		return !strings.Contains(head, recordedAdmission)
	}
	var want strings.Builder
	want.WriteString(recordedAdmission)
	writeJSON(&want, admission)
	return strings.HasSuffix(head, want.String())
}

// recordedAmount returns one of the values of an object of quantities in thousandths, zero where it
// isn't there. ok is false for one that is no quantity.
func recordedAmount(values string, name corev1.ResourceName) (amount int64, ok bool) {
	_, text, found := strings.Cut(values, `"`+string(name)+`":"`)
	if !found {
		return 0, true
	}
	text, _, found = strings.Cut(text, `"`)
	if !found {
		return 0, false
	}
	q, err := quantity.Parse(text)
	if err != nil {
		return 0, false
	}
	return thousandths(q), true
}
