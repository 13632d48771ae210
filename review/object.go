package review

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	kjson "sigs.k8s.io/json"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/internal/scan"
	"fargate-webhook/kinds"
)

// maxNesting bounds Lists within Lists.
const maxNesting = 8

// manifest is one object of a file.
type manifest struct {
	document
	// source is the file, as it was named.
	source string
	// item is the object's place in its List, nil outside of one.
	item *int
	meta metav1.PartialObjectMetadata
	// object is decoded in full when its kind is judged; else it is nil. An API version that no
	// supported API server serves is not judged.
	object runtime.Object
	// toLookUp is decoded in full when its kind is looked up by decisions about other objects, as
	// lookedUpAs; else both are nil.
	toLookUp   cluster.Object
	lookedUpAs *cluster.Kind
}

func (m *manifest) isNamespace() bool { return m.meta.Kind == "Namespace" && m.meta.APIVersion == "v1" }

// listOf is the part of a List that is read.
type listOf struct {
	Items []json.RawMessage `json:"items"`
}

// decoder decodes documents. It remembers the shapes of their types.
type decoder map[reflect.Type]*scan.Shape

// decode decodes an object, unless it has a value that would cost minutes to read, as a quantity
// with an exponent of millions does (S41).
func (d decoder) decode(data []byte, object runtime.Object) error {
	t := reflect.TypeOf(object)
	if d[t] == nil {
		d[t] = scan.ShapeOf(object)
	}
	if err := d[t].Values(data); err != nil {
		return err
	}
	return kjson.UnmarshalCaseSensitivePreserveInts(data, object)
}

// objects decodes a document, and the items of a List one by one. What is wrong with an item does
// not hide the others.
func (d decoder) objects(doc document, nesting int) ([]manifest, []error) {
	m := manifest{document: doc}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(doc.json, &m.meta); err != nil {
		return nil, []error{fmt.Errorf("not a Kubernetes object: %w", err)}
	}
	if m.meta.Kind == "" || m.meta.APIVersion == "" {
		return nil, []error{errors.New("not a Kubernetes object: it has no apiVersion or no kind")}
	}
	if strings.HasSuffix(m.meta.Kind, "List") {
		var list listOf
		if err := kjson.UnmarshalCaseSensitivePreserveInts(doc.json, &list); err != nil {
			return nil, []error{fmt.Errorf("read the %s: %w", m.meta.Kind, err)}
		}
		// A custom resource may be called "AllowList" and hold no objects.
		if list.Items != nil || m.meta.Kind == "List" {
			return d.items(doc, list, nesting)
		}
	}
	if err := m.decode(d); err != nil {
		return nil, []error{err}
	}
	return []manifest{m}, nil
}

// decode decodes the object in full, if its kind is judged or looked up.
func (m *manifest) decode(d decoder) error {
	var decoded []runtime.Object
	if kind := kinds.Find(m.meta.APIVersion, m.meta.Kind); kind != nil {
		m.object = kind.New()
		decoded = append(decoded, m.object)
	}
	if kind := cluster.Find(m.meta.APIVersion, m.meta.Kind); kind != nil {
		m.toLookUp, m.lookedUpAs = kind.New(), kind
		decoded = append(decoded, m.toLookUp)
	}
	for _, object := range decoded {
		if err := d.decode(m.json, object); err != nil {
			return fmt.Errorf("%s %q: %w", m.meta.Kind, m.meta.Name, err)
		}
	}
	return nil
}

func (d decoder) items(doc document, list listOf, nesting int) (all []manifest, problems []error) {
	if nesting >= maxNesting {
		return nil, []error{fmt.Errorf("more than %d Lists within each other", maxNesting)}
	}
	for i, raw := range list.Items {
		inner := doc
		inner.json = raw
		found, broken := d.objects(inner, nesting+1)
		for _, err := range broken {
			problems = append(problems, fmt.Errorf("items[%d]: %w", i, err))
		}
		for _, m := range found {
			if m.item == nil {
				m.item = &i
			}
			all = append(all, m)
		}
	}
	return all, problems
}
