package events

import (
	"fmt"
	"hash/fnv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// longestName limits the part of an event's name that comes from the object. The whole name may have
// 253 bytes.
const longestName = 230

// About returns an event of the core group, which kubectl and people know best. Its name depends on
// the object and the key alone, so that creating it twice fails, whichever replica does.
func About(object *corev1.ObjectReference, kind, reason, message, key string) *corev1.Event {
	hash := fnv.New64a()
	_, _ = fmt.Fprintf(hash, "%s %s", object.UID, key) // a hash never fails to write
	name := object.Name
	if len(name) > longestName {
		name = strings.TrimRight(name[:longestName], "-.")
	}
	now := metav1.Now()
	return &corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{Namespace: object.Namespace, Name: fmt.Sprintf("%s.%016x", name, hash.Sum64())},
		InvolvedObject: *object,
		Type:           kind, Reason: reason, Message: message,
		Source:         corev1.EventSource{Component: reporter},
		FirstTimestamp: now, LastTimestamp: now, Count: 1,
	}
}
