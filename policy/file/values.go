package file

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"fargate-webhook/internal/quantity"
	"fargate-webhook/internal/yamlfile"
)

// maxItems is the longest list. Each request walks the entries of namespaces, and each of these has
// a copy of the lists that it extends.
const maxItems = 1000

// texts reads a list of strings that are not empty. check, if given, reports what is wrong with an
// entry.
func (r *reader) texts(node *yaml.Node, at string, check func(node *yaml.Node, at, text string)) []string {
	var texts []string
	for i, item := range r.items(node, at) {
		at := fmt.Sprintf("%s[%d]", at, i)
		if yamlfile.IsNull(item) {
			r.Fail(item, at, "empty: give it a value, or leave it out")
			continue
		}
		text, ok := r.Text(item, at)
		switch {
		case !ok:
		case text == "":
			r.Fail(item, at, "empty: give it a value, or leave it out")
		case check != nil:
			check(item, at, text)
		}
		texts = append(texts, text)
	}
	return texts
}

// items returns the items of a list of at most maxItems.
func (r *reader) items(node *yaml.Node, at string) []*yaml.Node {
	items := r.List(node, at)
	if len(items) > maxItems {
		r.Fail(node, at, "has %d entries: want %d at most", len(items), maxItems)
		return nil
	}
	return items
}

// volumeType reports an error for an unknown volume type: a misspelt one would allow nothing.
func (r *reader) volumeType(node *yaml.Node, at, text string) {
	var names []string
	for source := range reflect.TypeFor[corev1.VolumeSource]().Fields() {
		name, _, _ := strings.Cut(source.Tag.Get("json"), ",")
		names = append(names, name)
	}
	if !slices.Contains(names, text) {
		slices.Sort(names)
		r.Fail(node, at, "%q is no type of volume: want %s", text, yamlfile.Listed("or", names...))
	}
}

// minimum reads what is assumed for a container that requests none. Each resource must fit into the
// largest size.
func (r *reader) minimum(fields yamlfile.Fields, at string, base corev1.ResourceList) corev1.ResourceList {
	node, ok := r.stated(fields, at, "minimum")
	if !ok {
		return base
	}
	at = yamlfile.Join(at, "minimum")
	stated := r.Fields(node, at)
	r.Only(stated, at, "a minimum", "cpu", "memory")
	minimum := maps.Clone(base)
	for _, name := range [2]corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
		q, ok := r.quantity(stated, at, string(name))
		if !ok {
			continue
		}
		if most := r.known.MaxRequests[name]; q.Cmp(most) > 0 {
			r.Fail(stated[string(name)].Value, yamlfile.Join(at, string(name)),
				"%s exceeds the largest size of Fargate: want at most %s", &q, &most)
			continue
		}
		if minimum == nil {
			minimum = corev1.ResourceList{}
		}
		minimum[name] = q
	}
	return minimum
}

// quantity reads a quantity of 0 or more, written as a string or a number.
func (r *reader) quantity(fields yamlfile.Fields, at, name string) (resource.Quantity, bool) {
	node, ok := r.stated(fields, at, name)
	if !ok {
		return resource.Quantity{}, false
	}
	at = yamlfile.Join(at, name)
	scalar := yamlfile.Resolve(node)
	if what := yamlfile.Describe(scalar); scalar.Kind != yaml.ScalarNode || what != "string" && what != "number" {
		r.Fail(node, at, "is a %s: want a quantity such as 100m or 64Mi", what)
		return resource.Quantity{}, false
	}
	if quantity.Endless(scalar.Value) {
		r.Fail(node, at, "%.40q is no quantity of a sensible length: want one such as 100m or 64Mi", scalar.Value)
		return resource.Quantity{}, false
	}
	q, err := resource.ParseQuantity(scalar.Value)
	switch {
	case err != nil:
		r.Fail(node, at, "%q is no quantity: want one such as 100m or 64Mi", scalar.Value)
	case q.Sign() < 0:
		r.Fail(node, at, "%s is negative: want 0 or more", scalar.Value)
	default:
		return q, true
	}
	return resource.Quantity{}, false
}
