package kinds

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// TemplateHolder is an object of a kind that isn't in [Table] and holds a pod template, such as an
// Argo Rollout. The webhook isn't called for it, only for its pods.
type TemplateHolder struct {
	metav1.TypeMeta
	metav1.ObjectMeta
	// Path is where the template stands in the object.
	Path     string
	Template corev1.PodTemplateSpec
	// Selector is the object's spec.selector, nil if it has none.
	Selector *metav1.LabelSelector
	// Renamed are the fields of the template that stand elsewhere in the object, the most specific
	// first. Both paths are complete: of the template and of the object.
	Renamed []Renamed
}

// Renamed is a path of a pod template, and what stands for it in the object.
type Renamed struct{ Template, Object string }

// DeepCopyObject returns a copy that shares nothing with h.
func (h *TemplateHolder) DeepCopyObject() runtime.Object {
	out := *h
	meta := &h.ObjectMeta
	meta.DeepCopyInto(&out.ObjectMeta)
	h.Template.DeepCopyInto(&out.Template)
	out.Selector = h.Selector.DeepCopy()
	return &out
}

// Field returns the path in the object of a field of the template.
func (h *TemplateHolder) Field(field string) string {
	for _, r := range h.Renamed {
		if rest, ok := strings.CutPrefix(field, r.Template); ok && (rest == "" || strings.ContainsAny(rest[:1], ".[")) {
			return strings.TrimPrefix(r.Object+rest, ".")
		}
	}
	return h.Path + "." + field
}
