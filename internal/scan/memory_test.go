package scan

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	kjson "sigs.k8s.io/json"

	"fargate-webhook/kinds"
)

// place is a list or dictionary of a kind: what is before its content and after it, and its type.
type place struct {
	path, before, after string
	node                *node
}

// places returns the lists and dictionaries of a type and of what it contains.
func places(n *node, at place, depth int) []place {
	if depth == 0 {
		return nil
	}
	var found []place
	switch n.form {
	case structure:
		for _, f := range n.fields {
			found = append(found, places(f.node, place{at.path + "." + f.name, at.before + `{"` + f.name + `":`, "}" + at.after, nil}, depth-1)...)
		}
	case list:
		found = append(found, place{at.path, at.before + "[", "]" + at.after, n})
		found = append(found, places(n.element, place{at.path + "[]", at.before + "[", "]" + at.after, nil}, depth-1)...)
	case dictionary:
		found = append(found, place{at.path, at.before + "{", "}" + at.after, n})
		found = append(found, places(n.element, place{at.path + "{}", at.before + `{"k":`, "}" + at.after, nil}, depth-1)...)
	default: // it has no elements
	}
	return found
}

// sample returns a value of a type, with everything down to a depth.
func sample(n *node, depth int) string {
	switch n.form {
	case structure:
		var members []string
		for _, f := range n.fields {
			if depth > 0 {
				members = append(members, `"`+f.name+`":`+sample(f.node, depth-1))
			}
		}
		return "{" + strings.Join(members, ",") + "}"
	case list:
		if depth == 0 {
			return "[]"
		}
		return "[" + sample(n.element, depth-1) + "]"
	case dictionary:
		if depth == 0 {
			return "{}"
		}
		return `{"ab":` + sample(n.element, depth-1) + "}"
	case text, uid:
		return `"abcd"` // which is base64 too
	case raw:
		return `"7"` // an IntOrString takes no object, FieldsV1 takes all
	case quantity:
		return `"1"`
	default:
		return "null"
	}
}

// The memory that is counted is what the decoder needs, from above and not far from it: for each
// list and map of each kind, with elements that are empty and with full ones.
func TestMemoryIsCounted(t *testing.T) {
	if testing.Short() {
		t.Skip("decodes some hundred megabytes")
	}
	const most = 4.0
	tested, worst := 0, 0.0
	for _, k := range kinds.Table {
		slot := k.Slot()
		type review struct {
			Object any `json:"object"`
		}
		s := ShapeOf(&review{Object: slot.Pointer}, nil)
		decoded(t, k, []byte(`{"object":{"metadata":{"annotations":{"a":"b"}}}}`)) // the decoder keeps what it finds out about a type
		for _, p := range places(s.root, place{}, 9) {
			if k != kinds.Pods && strings.Contains(p.path, "emplate.spec") {
				continue // as that of a pod
			}
			for _, depth := range []int{0, 1, 3} {
				body := filled(p, depth, 200)
				counted, err := s.Body(body)
				if err != nil {
					t.Fatalf("%s%s: %v", k.Kind, p.path, err)
				}
				have := decoded(t, k, body)
				tested++
				if have > counted+counted/16+4096 { // the runtime allocates something too
					t.Errorf("%s%s, depth %d: %d bytes are counted, and the decoder allocates %d", k.Kind, p.path, depth, counted, have)
				}
				worst = max(worst, float64(counted)/float64(have))
			}
		}
	}
	t.Logf("%d places and elements; at most %.1f times what is needed is counted", tested, worst)
	if worst > most {
		t.Errorf("%.1f times what is needed is counted, want at most %.1f", worst, most)
	}
}

// filled returns a body with a number of elements at a place.
func filled(p place, depth, elements int) []byte {
	var body strings.Builder
	body.WriteString(p.before)
	element := sample(p.node.element, depth)
	for i := range elements {
		if i > 0 {
			body.WriteByte(',')
		}
		if p.node.form == dictionary {
			fmt.Fprintf(&body, `"%d":`, i)
		}
		body.WriteString(element)
	}
	body.WriteString(p.after)
	return []byte(body.String())
}

// decoded returns the bytes that stay allocated for a body once it is decoded.
func decoded(t *testing.T, k *kinds.Kind, body []byte) int {
	t.Helper()
	var before, after runtime.MemStats
	slot := k.Slot()
	in := &struct {
		Object any `json:"object"`
	}{Object: slot.Pointer}
	runtime.GC()
	runtime.ReadMemStats(&before)
	if err := kjson.UnmarshalCaseSensitivePreserveInts(body, in); err != nil {
		t.Fatalf("%v in %.200s", err, body)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(in)
	runtime.KeepAlive(body)
	return int(after.HeapAlloc) - int(before.HeapAlloc)
}
