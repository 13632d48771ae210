package scan

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"math/bits"
	"reflect"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// ErrUndecided is returned by Decode for a body that takes more than it may, or has something that
// no encoder of the API server writes. The general decoder then decides about it.
var ErrUndecided = errors.New("left to the general decoder")

// Decode scans a body and decodes it into a new value of the type that the shape was made of, in one
// pass, as long as that takes no more memory than most, in bytes. Errors are those of Body, and
// ErrUndecided; what has been decoded then is of no use. A body without an error is decoded to what
// sigs.k8s.io/json makes of it, but for the fields that the shape skips.
func (s *Shape) Decode(data []byte, into any, most int) error {
	r, ok := s.rooms.Get().(*rooms)
	if !ok {
		r = &rooms{}
	}
	c := cursor{data: data, most: min(most, MaxMemory-1), rooms: r}
	err := c.whole(s.root, reflect.ValueOf(into))
	if cap(r.text) <= maxRoom {
		s.rooms.Put(r)
	}
	return err
}

// rooms are what decoding needs for a while, kept from body to body.
type rooms struct {
	// text is for texts with escapes, label and amount for the values of the most frequent maps.
	text   []byte
	label  string
	amount resource.Quantity
	// known are short texts, each at a place that its bytes decide: those of an object repeat, and
	// those of objects too.
	known [512]string
}

const (
	// maxRoom is the largest room for texts that is kept, in bytes.
	maxRoom = 16 << 10
	// maxKnown is the longest text that is kept, in bytes.
	maxKnown = 48
)

// shared returns a text, the same one for the same bytes if it is still known.
func (r *rooms) shared(content []byte) string {
	if len(content) == 0 || len(content) > maxKnown {
		return string(content)
	}
	known := &r.known[placeOf(content)]
	if *known != string(content) {
		*known = string(content)
	}
	return *known
}

// placeOf returns a place among the known texts: it hashes the length, and the first and last eight
// bytes.
func placeOf(content []byte) uint64 {
	var head, tail uint64
	if n := len(content); n >= 8 {
		head, tail = binary.LittleEndian.Uint64(content), binary.LittleEndian.Uint64(content[n-8:])
	} else {
		for _, b := range content {
			head = head<<8 | uint64(b)
		}
	}
	hash := (head ^ bits.RotateLeft64(tail, 23) ^ uint64(len(content))) * 0x9e3779b97f4a7c15
	return hash >> (64 - 9)
}

// target follows pointers, which it makes where they are nil, and the interfaces around them.
func target(v reflect.Value) reflect.Value {
	for {
		switch v.Kind() {
		case reflect.Interface:
			if v.IsNil() {
				return v
			}
			v = v.Elem()
		case reflect.Pointer:
			if v.IsNil() {
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		default:
			return v
		}
	}
}

// unmarshal decodes a value whose type does that itself.
func unmarshal(v reflect.Value, data []byte) error {
	u, ok := reflect.TypeAssert[json.Unmarshaler](v.Addr())
	if !ok || u.UnmarshalJSON(data) != nil {
		return ErrUndecided
	}
	return nil
}

// items are the elements of a list that is decoded.
type items struct{ slice reflect.Value }

// itemsOf returns where to decode the elements of an array to.
func itemsOf(n *node, v reflect.Value) (items, error) {
	if !v.IsValid() || n.form == raw {
		return items{}, nil
	}
	if n.form != list || v.Kind() != reflect.Slice {
		return items{}, ErrUndecided
	}
	return items{slice: v}, nil
}

// none makes an empty list.
func (l items) none() {
	if l.slice.IsValid() {
		l.slice.Set(reflect.MakeSlice(l.slice.Type(), 0, 0))
	}
}

// next appends an element, and returns it.
func (l items) next() reflect.Value {
	if !l.slice.IsValid() {
		return reflect.Value{}
	}
	length := l.slice.Len()
	if length == l.slice.Cap() {
		l.slice.Grow(1)
	}
	l.slice.SetLen(length + 1)
	return l.slice.Index(length)
}

// membersOf returns where to decode the members of an object to: a map is made.
func membersOf(n *node, v reflect.Value) (reflect.Value, error) {
	if !v.IsValid() || n.form == raw {
		return reflect.Value{}, nil
	}
	switch n.form {
	case structure:
		return v, nil
	case dictionary:
		if v.Type().Key().Kind() != reflect.String {
			return v, ErrUndecided
		}
		v.Set(reflect.MakeMap(v.Type()))
		return v, nil
	default:
		return v, ErrUndecided
	}
}

// entry reads the value of an entry of a map.
func (c *cursor) entry(n *node, key []byte, odd bool, v reflect.Value) error {
	name, err := c.string(key, odd)
	if err != nil {
		return err
	}
	switch m := v.Addr().Interface().(type) { // the most frequent ones
	case *map[string]string:
		c.label = ""
		err := c.value(n.element, reflect.ValueOf(&c.label))
		(*m)[name] = c.label
		return err
	case *corev1.ResourceList:
		c.amount = resource.Quantity{}
		err := c.value(n.element, reflect.ValueOf(&c.amount))
		(*m)[corev1.ResourceName(name)] = c.amount
		return err
	}
	value := reflect.New(v.Type().Elem()).Elem()
	if err := c.value(n.element, value); err != nil {
		return err
	}
	v.SetMapIndex(reflect.ValueOf(name).Convert(v.Type().Key()), value)
	return nil
}

// setText sets a text.
func (c *cursor) setText(v reflect.Value, content []byte, odd bool) error {
	if v.Kind() != reflect.String {
		return ErrUndecided
	}
	s, err := c.string(content, odd)
	if err != nil {
		return err
	}
	v.SetString(s)
	return nil
}

// setNumber sets an integer.
func setNumber(v reflect.Value, content []byte) error {
	switch {
	case v.CanInt():
		number, err := strconv.ParseInt(string(content), 10, v.Type().Bits())
		if err != nil {
			return ErrUndecided
		}
		v.SetInt(number)
	case v.CanUint():
		number, err := strconv.ParseUint(string(content), 10, v.Type().Bits())
		if err != nil {
			return ErrUndecided
		}
		v.SetUint(number)
	default:
		return ErrUndecided
	}
	return nil
}
