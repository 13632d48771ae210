package custom

import (
	"encoding/json"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kjson "sigs.k8s.io/json"

	"fargate-webhook/kinds"
)

// Decode decodes JSON into a value, in bounded time and memory, and returns the fields that the
// value's type doesn't have.
type Decode func(data []byte, into any) (unknown []string, err error)

// Found is a pod template of an object.
type Found struct {
	*kinds.TemplateHolder
	// Unknown are the paths in the object of fields that a pod template doesn't have.
	Unknown []string
	// NotJudged says what the pods have that the template doesn't show; "" for nothing.
	NotJudged string
}

// Find returns the entry of more or of [Table] for a kind of object, nil for a kind in neither.
// Entries of more replace one of the table, and add to each other.
func Find(apiVersion, kind string, more []Workload) *Workload {
	group := schema.FromAPIVersionAndKind(apiVersion, kind).Group
	var found *Workload
	for i := range more {
		switch w := &more[i]; {
		case w.Group != group || w.Kind != kind:
		case found == nil:
			found = &Workload{Group: group, Kind: kind, Paths: slices.Clone(w.Paths), loose: w.loose}
		default:
			found.Paths = append(found.Paths, w.Paths...)
		}
	}
	if found != nil {
		return found
	}
	for i := range Table {
		if w := &Table[i]; w.Kind == kind && w.Group == group {
			return w
		}
	}
	return nil
}

// Templates returns the pod templates of an object of the kind, one holder for each. object is its
// decoded JSON.
func (w *Workload) Templates(meta *metav1.PartialObjectMetadata, object map[string]any, decode Decode) ([]Found, error) {
	var found []Found
	for _, path := range w.Paths {
		for _, p := range at(object, path) {
			holder, err := w.holder(meta, p, object, decode)
			if err != nil {
				return nil, &TemplateError{p.path, err}
			}
			if holder != nil {
				found = append(found, *holder)
			}
		}
	}
	return found, nil
}

// TemplateError is an error about the pod template at a path.
type TemplateError struct {
	Path string
	Err  error
}

func (e *TemplateError) Error() string { return e.Path + ": " + e.Err.Error() }
func (e *TemplateError) Unwrap() error { return e.Err }

// None says of an object without a template at any of the paths why it isn't judged; "" if it makes
// no pods then.
func (w *Workload) None() string {
	if w.form == argo || w.opaque != "" {
		return w.opaque
	}
	return "makes pods, but has no pod template at " + strings.Join(w.Paths, " or ")
}

// holder decodes the template at a place, nil for one without containers.
func (w *Workload) holder(meta *metav1.PartialObjectMetadata, p place, object map[string]any, decode Decode) (*Found, error) {
	h := &Found{TemplateHolder: &kinds.TemplateHolder{TypeMeta: meta.TypeMeta, ObjectMeta: meta.ObjectMeta, Path: p.path}}
	template := p.value
	spec, _ := p.value["spec"].(map[string]any)
	switch {
	case w.form == argo:
		template, h.Renamed = argoTemplate(p, object)
		h.NotJudged = h.unseen(patched(p, object), withoutVariables(template))
	case spec != nil && hasContainers(spec):
	case hasContainers(p.value):
		template = map[string]any{"spec": p.value}
		h.Renamed = []kinds.Renamed{{Template: "spec", Object: p.path}}
	default:
		return nil, nil
	}
	if template == nil {
		return nil, nil
	}
	unknown, err := redecode(template, &h.Template, decode)
	if err != nil {
		return nil, err
	}
	for _, field := range unknown {
		if !w.loose {
			h.Unknown = append(h.Unknown, h.Field(field))
		}
	}
	if c := h.Template.Spec.Containers; w.container != "" && len(c) == 1 && c[0].Name == "" {
		c[0].Name = w.container
	}
	if selector, ok := under(object, "spec", "selector"); ok {
		h.Selector = &metav1.LabelSelector{}
		if _, err := redecode(selector, h.Selector, decode); err != nil {
			h.Selector = nil // it is something else
		}
	}
	return h, nil
}

// unseen says what the pods of a template have that it doesn't show: what Argo patches in them, and the
// fields at paths in the template, which it sets by variables.
func (f *Found) unseen(patched string, paths []string) string {
	var all []string
	if patched != "" {
		all = append(all, patched)
	}
	for _, path := range paths {
		where := "its labels" // which may stand in several places
		if path != labelsPath {
			where = f.Field(path)
		}
		all = append(all, "sets "+where+" by variables")
	}
	return strings.Join(all, "; ")
}

func redecode(value, into any, decode Decode) (unknown []string, err error) {
	data, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return decode(data, into)
}

// Object decodes JSON without a type, with whole numbers as they are.
func Object(data []byte) (map[string]any, error) {
	var object map[string]any
	err := kjson.UnmarshalCaseSensitivePreserveInts(data, &object)
	return object, err
}

func under(object map[string]any, names ...string) (map[string]any, bool) {
	for _, name := range names {
		next, ok := object[name].(map[string]any)
		if !ok {
			return nil, false
		}
		object = next
	}
	return object, true
}

// hasContainers reports a field of that name, whatever it holds: what is wrong with it is an error.
func hasContainers(spec map[string]any) bool {
	list, isList := spec["containers"].([]any)
	return isList && len(list) > 0 || !isList && spec["containers"] != nil
}
