package policy

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"fargate-webhook/fargate"
	"fargate-webhook/internal/yamlfile"
)

// maxItems is how long a list may be. The entries of namespaces are gone
// through for each request, and each has a copy of the lists it adds to.
const maxItems = 1000

// texts reads a list of strings, none of them empty. check, if there is one,
// notes what is wrong with an entry.
func (f *file) texts(node *yaml.Node, at string, check func(node *yaml.Node, at, text string)) []string {
	var texts []string
	for i, item := range f.items(node, at) {
		at := fmt.Sprintf("%s[%d]", at, i)
		if yamlfile.IsNull(item) {
			f.Fail(item, at, "empty: give it a value, or leave it out")
			continue
		}
		text, ok := f.Text(item, at)
		switch {
		case !ok:
		case text == "":
			f.Fail(item, at, "empty: give it a value, or leave it out")
		case check != nil:
			check(item, at, text)
		}
		texts = append(texts, text)
	}
	return texts
}

// items are those of a list that is not too long.
func (f *file) items(node *yaml.Node, at string) []*yaml.Node {
	items := f.List(node, at)
	if len(items) > maxItems {
		f.Fail(node, at, "has %d entries: want %d at most", len(items), maxItems)
		return nil
	}
	return items
}

// volumeType notes an error for what is no type of volume: one that is
// misspelt would allow nothing.
func (f *file) volumeType(node *yaml.Node, at, text string) {
	var names []string
	for source := range reflect.TypeFor[corev1.VolumeSource]().Fields() {
		name, _, _ := strings.Cut(source.Tag.Get("json"), ",")
		names = append(names, name)
	}
	if !slices.Contains(names, text) {
		slices.Sort(names)
		f.Fail(node, at, "%q is no type of volume: want %s", text, yamlfile.Listed("or", names...))
	}
}

// minimum reads what a container without requests is taken to ask for.
func (f *file) minimum(fields yamlfile.Fields, at string, base fargate.Amount) fargate.Amount {
	node, ok := f.stated(fields, at, "minimum")
	if !ok {
		return base
	}
	at = yamlfile.Join(at, "minimum")
	stated := f.Fields(node, at)
	f.Only(stated, at, "a minimum", "cpu", "memory")
	minimum := base
	if q, ok := f.quantity(stated, at, "cpu"); ok {
		minimum.MilliCPU = fargate.AmountIn(corev1.ResourceList{corev1.ResourceCPU: q}).MilliCPU
		if _, fits := fargate.SizeFor(fargate.Amount{MilliCPU: minimum.MilliCPU}); !fits {
			f.Fail(stated["cpu"].Value, at+".cpu", "%s is more than any pod on Fargate has: want 16 at most", &q)
		}
	}
	if q, ok := f.quantity(stated, at, "memory"); ok {
		minimum.MilliBytes = fargate.AmountIn(corev1.ResourceList{corev1.ResourceMemory: q}).MilliBytes
		if _, fits := fargate.SizeFor(fargate.Amount{MilliBytes: minimum.MilliBytes}); !fits {
			f.Fail(stated["memory"].Value, at+".memory",
				"%s is more than any pod on Fargate has: want 122624Mi at most, 120Gi less the 256Mi that Fargate takes for itself", &q)
		}
	}
	return minimum
}

// quantity reads a quantity, as a string or a number, that is not negative.
func (f *file) quantity(fields yamlfile.Fields, at, name string) (resource.Quantity, bool) {
	node, ok := f.stated(fields, at, name)
	if !ok {
		return resource.Quantity{}, false
	}
	at = yamlfile.Join(at, name)
	scalar := yamlfile.Resolve(node)
	if what := yamlfile.Describe(scalar); scalar.Kind != yaml.ScalarNode || what != "string" && what != "number" {
		f.Fail(node, at, "is a %s: want a quantity such as 100m or 64Mi", what)
		return resource.Quantity{}, false
	}
	if tooLong(scalar.Value) {
		f.Fail(node, at, "%.40q is no quantity of a sensible length: want one such as 100m or 64Mi", scalar.Value)
		return resource.Quantity{}, false
	}
	q, err := resource.ParseQuantity(scalar.Value)
	switch {
	case err != nil:
		f.Fail(node, at, "%q is no quantity: want one such as 100m or 64Mi", scalar.Value)
	case q.Sign() < 0:
		f.Fail(node, at, "%s is negative: want 0 or more", scalar.Value)
	default:
		return q, true
	}
	return resource.Quantity{}, false
}

// tooLong reports the text of a quantity that would take long to compute with:
// 1e2000000000 has two billion digits.
func tooLong(text string) bool {
	exponent := strings.LastIndexAny(text, "eE")
	return len(text) > 40 || exponent >= 0 && len(text)-exponent > len("e-99")
}
