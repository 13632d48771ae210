package scan

import (
	"cmp"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Shape is the type that a body is decoded into, as far as the scan needs to know it. It is never
// changed.
type Shape struct {
	root *node
	// rooms has [rooms].
	rooms sync.Pool
}

// Fields are names of fields, in Go, by the structure that has them.
type Fields map[reflect.Type][]string

// form is how the decoder treats the values of a type.
type form int

const (
	// ignored values are skipped by the decoder, or take no memory of their own.
	ignored form = iota
	structure
	list
	dictionary
	text
	quantity
	timestamp
	uid
	// raw values are copied as they are.
	raw
	// anything is decoded into maps and slices of interfaces.
	anything
)

// node is a type of the body.
type node struct {
	form form
	// fields are those of a structure, in its order, and byName is where each of them is.
	fields []field
	byName map[string]int
	// element is the type of the elements of a list, or of the values of a dictionary.
	element *node
	// memory is what the decoder allocates for a value that isn't null, first is what it allocates
	// for the first entry of a dictionary, and each for each element or entry.
	memory, first, each int
}

// nothing is the node of values that are skipped.
var nothing = &node{form: ignored}

// field is a field of a structure. Each has its number, to find those that are there twice.
type field struct {
	name   string
	node   *node
	number uint
	// index leads to it, through embedded structures.
	index []int
}

// of returns the field of a structure; the zero Value of the zero Value, and of what is skipped.
func (f *field) of(v reflect.Value) reflect.Value {
	if !v.IsValid() || f.node == nothing {
		return reflect.Value{}
	}
	for _, i := range f.index {
		v = v.Field(i)
	}
	return v
}

// field returns a field by its name in JSON, nil for a name that the structure doesn't have. It
// looks from next on first, and sets that to what follows the field.
func (n *node) field(name []byte, next *int) *field {
	for i := *next; i < len(n.fields); i++ {
		if n.fields[i].name == string(name) {
			*next = i + 1
			return &n.fields[i]
		}
	}
	if i, ok := n.byName[string(name)]; ok {
		return &n.fields[i]
	}
	return nil
}

// ShapeOf returns the shape of what value points to. An interface that holds a pointer is decoded
// into what that points to, as the decoder does it. What is skipped counts as unknown fields do.
func ShapeOf(value any, skipped Fields) *Shape {
	b := builder{known: map[reflect.Type]*node{}, skipped: skipped}
	v := reflect.ValueOf(value)
	return &Shape{root: b.value(v)}
}

// builder makes the nodes of types, each once: types may contain themselves.
type builder struct {
	known   map[reflect.Type]*node
	skipped Fields
}

// value makes the node of a value, whose interfaces may hold pointers.
func (b *builder) value(v reflect.Value) *node {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return b.of(v.Type())
		}
		return pointer(b.value(v.Elem()), v.Type())
	case reflect.Interface:
		if v.IsNil() || v.Elem().Kind() != reflect.Pointer {
			return &node{form: anything}
		}
		return b.value(v.Elem())
	case reflect.Struct:
		n := &node{form: structure, byName: map[string]int{}}
		for i := range v.NumField() {
			b.add(n, v.Type(), i, func() *node { return b.value(v.Field(i)) })
		}
		return n
	default:
		return b.of(v.Type())
	}
}

// of makes the node of a type.
func (b *builder) of(t reflect.Type) *node {
	if n := b.known[t]; n != nil {
		return n
	}
	n := &node{}
	b.known[t] = n
	*n = b.describe(t, n)
	return n
}

// describe returns the node of a type; self is where it will be.
func (b *builder) describe(t reflect.Type, self *node) node {
	switch t {
	case reflect.TypeFor[resource.Quantity]():
		return node{form: quantity}
	case reflect.TypeFor[metav1.Time](), reflect.TypeFor[metav1.MicroTime]():
		return node{form: timestamp}
	case reflect.TypeFor[types.UID]():
		return node{form: uid}
	}
	if t.Kind() != reflect.Pointer && reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return node{form: raw}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return *pointer(b.of(t.Elem()), t)
	case reflect.Struct:
		self.form, self.byName = structure, map[string]int{}
		for i := range t.NumField() {
			b.add(self, t, i, func() *node { return b.of(t.Field(i).Type) })
		}
		return *self
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return node{form: text} // base64
		}
		return node{form: list, element: b.of(t.Elem()), each: listGrowth(int(t.Elem().Size()))}
	case reflect.Array:
		return node{form: list, element: b.of(t.Elem())}
	case reflect.Map:
		entry := int(t.Key().Size() + t.Elem().Size())
		return node{form: dictionary, element: b.of(t.Elem()), memory: mapHeader, first: firstSlots(entry), each: mapGrowth(entry)}
	case reflect.String:
		return node{form: text}
	case reflect.Interface:
		return node{form: anything}
	default:
		return node{form: ignored}
	}
}

// parsed reports a value that its type decodes itself.
func (n *node) parsed() bool { return n.form == quantity || n.form == timestamp || n.form == raw }

// pointer returns the node of a pointer: the decoder allocates what it points to.
func pointer(to *node, t reflect.Type) *node {
	n := *to
	n.memory += int(t.Elem().Size())
	return &n
}

// add adds a field of a type under the name that it has in JSON. The fields of an embedded structure
// without a name are the structure's own.
func (b *builder) add(to *node, t reflect.Type, i int, of func() *node) {
	f := t.Field(i)
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	switch {
	case name == "-" || !f.IsExported() && !f.Anonymous:
	case name == "" && f.Anonymous:
		for _, inner := range of().fields {
			to.add(inner.name, inner.node, append([]int{i}, inner.index...))
		}
	case slices.Contains(b.skipped[t], f.Name):
		to.add(cmp.Or(name, f.Name), nothing, []int{i})
	default:
		to.add(cmp.Or(name, f.Name), of(), []int{i})
	}
}

// add adds a field.
func (n *node) add(name string, of *node, index []int) {
	number := len(n.fields)
	n.byName[name] = number
	n.fields = append(n.fields, field{name: name, node: of, number: uint(number), index: index})
}
