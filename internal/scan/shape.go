package scan

import (
	"encoding/json"
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Shape is the type that a body is decoded into, as far as the scan needs to know it. It is never
// changed.
type Shape struct{ root *node }

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
	// fields are those of a structure.
	fields map[string]field
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
	node   *node
	number uint
}

// ShapeOf returns the shape of what value points to. An interface that holds a pointer is decoded
// into what that points to, as the decoder does it.
func ShapeOf(value any) *Shape {
	b := builder{known: map[reflect.Type]*node{}}
	v := reflect.ValueOf(value)
	return &Shape{root: b.value(v)}
}

// builder makes the nodes of types, each once: types may contain themselves.
type builder struct{ known map[reflect.Type]*node }

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
		n := &node{form: structure, fields: map[string]field{}}
		for i := range v.NumField() {
			b.add(n, v.Type().Field(i), func() *node { return b.value(v.Field(i)) })
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
		self.form, self.fields = structure, map[string]field{}
		for f := range t.Fields() {
			b.add(self, f, func() *node { return b.of(f.Type) })
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

// pointer returns the node of a pointer: the decoder allocates what it points to.
func pointer(to *node, t reflect.Type) *node {
	n := *to
	n.memory += int(t.Elem().Size())
	return &n
}

// add adds a field under the name that it has in JSON. The fields of an embedded structure without
// a name are the structure's own.
func (b *builder) add(to *node, f reflect.StructField, of func() *node) {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	switch {
	case name == "-" || !f.IsExported() && !f.Anonymous:
		return
	case name == "" && f.Anonymous:
		embedded := of()
		for inner, field := range embedded.fields {
			to.fields[inner] = numbered(to, field.node)
		}
	case name == "":
		to.fields[f.Name] = numbered(to, of())
	default:
		to.fields[name] = numbered(to, of())
	}
}

func numbered(parent *node, n *node) field {
	return field{node: n, number: uint(len(parent.fields))}
}
