package live

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"fargate-webhook/fargate"
	"fargate-webhook/internal/spool"
	"fargate-webhook/review"
)

// maxSource is about how large a source gets, in bytes: the next object begins another one.
const maxSource = 2 << 20

// collected are the objects that were read.
type collected struct {
	// spool has them, as JSON.
	spool   *spool.Spool
	objects []object
	// read are the kinds of which all objects were read, true if they are reported.
	read map[schema.GroupKind]bool
}

// object is an object of a cluster.
type object struct {
	of       *resource
	reported bool
	// owner is the kind of its controller, empty for none.
	owner schema.GroupKind
	json  spool.Ref
}

// add takes an object, unless it is being deleted or made by a controller of a kind that was read
// already.
func (c *collected) add(of *resource, from *unstructured.Unstructured, reported bool) error {
	if from.GetDeletionTimestamp() != nil {
		return nil
	}
	o := object{of: of, reported: reported, owner: controllerOf(from)}
	if c.read[o.owner] {
		return nil
	}
	encoded, err := encode(of, from)
	if err != nil {
		return fmt.Errorf("read %s %s: %w", of.kind, from.GetName(), err)
	}
	o.json = c.spool.Put(encoded)
	c.objects = append(c.objects, o)
	return nil
}

func controllerOf(from *unstructured.Unstructured) schema.GroupKind {
	controller := metav1.GetControllerOf(from)
	if controller == nil {
		return schema.GroupKind{}
	}
	return schema.FromAPIVersionAndKind(controller.APIVersion, controller.Kind).GroupKind()
}

// encode returns the object as it could be created, without what our types of its kind don't know: a
// newer API server has more fields.
func encode(of *resource, from *unstructured.Unstructured) ([]byte, error) {
	unstructured.RemoveNestedField(from.Object, "metadata", "managedFields")
	for _, key := range [...]string{"kubectl.kubernetes.io/last-applied-configuration", "kubernetes.io/limit-ranger"} {
		unstructured.RemoveNestedField(from.Object, "metadata", "annotations", key)
	}
	if !of.context {
		delete(from.Object, "status")
	}
	from.SetGroupVersionKind(of.GroupVersion().WithKind(of.kind))
	if of.empty == nil {
		return json.Marshal(from.Object)
	}
	typed := of.empty()
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(from.Object, typed); err != nil {
		return nil, err
	}
	fargate.Restore(typed)
	return json.Marshal(typed)
}

// drop forgets the objects of a resource of which only some pages could be read.
func (c *collected) drop(of *resource) {
	c.objects = slices.DeleteFunc(c.objects, func(o object) bool { return o.of == of })
}

// sources returns the objects whose controllers weren't read, those of a resource together.
func (c *collected) sources() []review.Source {
	kept := slices.DeleteFunc(c.objects, func(o object) bool { return c.read[o.owner] })
	slices.SortStableFunc(kept, func(a, b object) int {
		return cmp.Or(cmp.Compare(a.of.place, b.of.place), -compareBool(a.reported, b.reported))
	})
	var list []review.Source
	for begin := 0; begin < len(kept); {
		end, size := begin, 0
		for end < len(kept) && kept[end].of == kept[begin].of && kept[end].reported == kept[begin].reported && size < maxSource {
			size += kept[end].json.Len()
			end++
		}
		list = append(list, c.source(kept[begin:end]))
		begin = end
	}
	return list
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// source returns the source of objects of one resource, as a List.
func (c *collected) source(objects []object) review.Source {
	refs := make([]spool.Ref, len(objects))
	for i := range objects {
		refs[i] = objects[i].json
	}
	return review.Source{
		Name: objects[0].of.source(), Context: !objects[0].reported,
		Open: func() (io.ReadCloser, error) {
			return io.NopCloser(&list{spool: c.spool, items: refs, rest: []byte(`{"apiVersion":"v1","kind":"List","items":[`)}), nil
		},
	}
}

// list is the text of a List. Its items are in a spool until they are read.
type list struct {
	spool *spool.Spool
	items []spool.Ref
	// next is the item that follows rest, which is read next.
	next int
	rest []byte
}

// Read implements io.Reader.
func (l *list) Read(to []byte) (int, error) {
	for len(l.rest) == 0 {
		switch {
		case l.next > len(l.items):
			return 0, io.EOF
		case l.next == len(l.items):
			l.rest = []byte("]}")
		default:
			item, err := l.spool.Get(l.items[l.next])
			if err != nil {
				return 0, fmt.Errorf("read what was kept: %w", err)
			}
			if l.rest = item; l.next > 0 {
				l.rest = slices.Concat([]byte(","), item)
			}
		}
		l.next++
	}
	n := copy(to, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}
