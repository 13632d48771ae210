package review

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	kjson "sigs.k8s.io/json"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/internal/scan"
	"fargate-webhook/kinds"
	"fargate-webhook/kinds/custom"
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
	// within are the object's places in its Lists, from the outermost.
	within []int
	meta   metav1.PartialObjectMetadata
	// context is true for an object that is only looked up.
	context bool
	// object is decoded in full when its kind is judged; else it is nil. An API version that no
	// supported API server serves is not judged.
	object runtime.Object
	// toLookUp is decoded in full when its kind is looked up by decisions about other objects, as
	// lookedUpAs; else both are nil.
	toLookUp   cluster.Object
	lookedUpAs *cluster.Kind
	// holders are the pod templates of an object of another kind, one for each.
	holders []custom.Found
	// notJudged says why an object isn't judged although it seems to make pods.
	notJudged string
	// unknown are the fields that its kind doesn't have.
	unknown []string
}

// release lets go of what only decisions read. Where the object is in its file stays known.
func (m *manifest) release() {
	m.json, m.object, m.toLookUp, m.holders, m.meta = nil, nil, nil, nil, metav1.PartialObjectMetadata{}
}

func (m *manifest) isNamespace() bool { return m.meta.Kind == "Namespace" && m.meta.APIVersion == "v1" }

// listOf is the part of a List that is read.
type listOf struct {
	Items []json.RawMessage `json:"items"`
}

// decoder decodes documents.
type decoder struct {
	// shapes are the [scan.Shape]s of the types that were decoded, by [reflect.Type].
	shapes *sync.Map
	// templates are further kinds that hold pod templates.
	templates []custom.Workload
}

func newDecoder(templates []custom.Workload) decoder {
	return decoder{shapes: &sync.Map{}, templates: templates}
}

// decode decodes an object, unless it has a value that would cost minutes to read, as a quantity
// with an exponent of millions does (S41).
func (d decoder) decode(data []byte, object any) error {
	if err := d.affordable(data, object); err != nil {
		return err
	}
	return kjson.UnmarshalCaseSensitivePreserveInts(data, object)
}

// decodeStrictly also returns the fields that the type of the object doesn't have.
func (d decoder) decodeStrictly(data []byte, object any) (unknown []string, err error) {
	if err := d.affordable(data, object); err != nil {
		return nil, err
	}
	strict, err := kjson.UnmarshalStrict(data, object)
	for _, problem := range strict {
		if text := problem.Error(); strings.HasPrefix(text, "unknown field ") && len(unknown) < maxUnknown {
			unknown = append(unknown, strings.Trim(strings.TrimPrefix(text, "unknown field "), `"`))
		}
	}
	return unknown, err
}

// maxUnknown bounds the unknown fields of an object that are reported.
const maxUnknown = 20

func (d decoder) affordable(data []byte, object any) error {
	t := reflect.TypeOf(object)
	shape, known := d.shapes.Load(t)
	if !known {
		shape, _ = d.shapes.LoadOrStore(t, scan.ShapeOf(object))
	}
	return shape.(*scan.Shape).Values(data) //nolint:forcetypeassert // only shapes are stored
}

// objects decodes a document, and the items of a List one by one. What is wrong with an item does
// not hide the others. of is the type of an object that names none, as the items of a PodList.
func (d decoder) objects(doc document, of metav1.TypeMeta, nesting int) ([]manifest, []error) {
	m := manifest{document: doc}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(doc.json, &m.meta); err != nil {
		return nil, []error{fmt.Errorf("not a Kubernetes object: %w", err)}
	}
	if m.meta.Kind == "" && m.meta.APIVersion == "" {
		m.meta.TypeMeta = of
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
			return d.items(doc, list, itemsOf(&m.meta.TypeMeta), nesting)
		}
	}
	if err := m.decode(d); err != nil {
		return nil, []error{err}
	}
	return []manifest{m}, nil
}

// decode decodes the object in full if its kind is judged or looked up, and the pod templates of
// one that holds some.
func (m *manifest) decode(d decoder) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("%s %q: %w", m.meta.Kind, m.meta.Name, err)
		}
	}()
	judged, lookedUp := kinds.Find(m.meta.APIVersion, m.meta.Kind), cluster.Find(m.meta.APIVersion, m.meta.Kind)
	if judged != nil {
		m.object = judged.New()
		if m.unknown, err = d.decodeStrictly(m.json, m.object); err != nil {
			return err
		}
		if judged.Optional {
			m.unknown = nil // our type of it has only the fields that decisions read
		}
	}
	if lookedUp != nil {
		m.toLookUp, m.lookedUpAs = lookedUp.New(), lookedUp
		if err := d.decode(m.json, m.toLookUp); err != nil {
			return err
		}
	}
	if judged == nil && lookedUp == nil {
		return m.findTemplates(d)
	}
	return nil
}

// findTemplates finds the pod templates of an object of another kind.
func (m *manifest) findTemplates(d decoder) error {
	workload := custom.Find(m.meta.APIVersion, m.meta.Kind, d.templates)
	if workload == nil {
		if found := custom.Hint(m.json); found != "" {
			m.notJudged = cmp.Or(kinds.Removed(m.meta.APIVersion, m.meta.Kind), "holds "+found)
		}
		return nil
	}
	object, err := custom.Object(m.json)
	if err != nil {
		return err
	}
	m.holders, err = workload.Templates(&m.meta, object, d.decodeStrictly)
	if err == nil && len(m.holders) == 0 {
		m.notJudged = workload.None()
	}
	return err
}

// isEmpty reports null or an object without fields.
func isEmpty(raw json.RawMessage) bool {
	text := strings.Join(strings.Fields(string(raw[:min(len(raw), 8)])), "")
	return text == "null" || text == "{}"
}

// itemsOf returns the type of the items of a list, empty for List, whose items name their own.
func itemsOf(list *metav1.TypeMeta) metav1.TypeMeta {
	if list.Kind == "List" {
		return metav1.TypeMeta{}
	}
	return metav1.TypeMeta{APIVersion: list.APIVersion, Kind: strings.TrimSuffix(list.Kind, "List")}
}

func (d decoder) items(doc document, list listOf, of metav1.TypeMeta, nesting int) (all []manifest, problems []error) {
	if nesting >= maxNesting {
		return nil, []error{fmt.Errorf("more than %d Lists within each other", maxNesting)}
	}
	for i, raw := range list.Items {
		if of.Kind != "" && isEmpty(raw) {
			problems = append(problems, fmt.Errorf("items[%d]: is empty", i))
			continue
		}
		inner := doc
		inner.json = raw
		found, broken := d.objects(inner, of, nesting+1)
		for _, err := range broken {
			problems = append(problems, fmt.Errorf("items[%d]: %w", i, err))
		}
		for _, m := range found {
			if m.item == nil {
				m.item = &i
			}
			m.within = append([]int{i}, m.within...)
			all = append(all, m)
		}
	}
	return all, problems
}
