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

// object is an object of a source, decoded as far as decisions about it need.
type object struct {
	*manifest
	json []byte
	meta metav1.PartialObjectMetadata
	// judged is decoded in full when its kind is judged; else it is nil. An API version that no
	// supported API server serves is not judged.
	judged runtime.Object
	// holders are the pod templates of an object of another kind, one for each.
	holders []custom.Found
	// notJudged says why an object isn't judged although it seems to make pods.
	notJudged string
	// unknown are the fields that its kind doesn't have.
	unknown []string
}

func isNamespace(of *metav1.TypeMeta) bool { return of.Kind == "Namespace" && of.APIVersion == "v1" }

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
	if err := d.decodeOnce(data, object); err != nil {
		return located(data, err, func(data []byte) error { return d.decodeOnce(data, newOf(object)) })
	}
	return nil
}

func (d decoder) decodeOnce(data []byte, object any) error {
	if err := d.affordable(data, object); err != nil {
		return err
	}
	return kjson.UnmarshalCaseSensitivePreserveInts(data, object)
}

// newOf returns a pointer to an empty value of the type that a pointer points to.
func newOf(pointer any) any { return reflect.New(reflect.TypeOf(pointer).Elem()).Interface() }

// decodeStrictly also returns the fields that the type of the object doesn't have.
func (d decoder) decodeStrictly(data []byte, object any) (unknown []string, err error) {
	strict, err := d.decodeStrictlyOnce(data, object)
	if err != nil {
		return nil, located(data, err, func(data []byte) error {
			_, err := d.decodeStrictlyOnce(data, newOf(object))
			return err
		})
	}
	for _, problem := range strict {
		if text := problem.Error(); strings.HasPrefix(text, "unknown field ") && len(unknown) < maxUnknown {
			unknown = append(unknown, strings.Trim(strings.TrimPrefix(text, "unknown field "), `"`))
		}
	}
	return unknown, nil
}

func (d decoder) decodeStrictlyOnce(data []byte, object any) (strict []error, err error) {
	if err := d.affordable(data, object); err != nil {
		return nil, err
	}
	return kjson.UnmarshalStrict(data, object)
}

// maxUnknown bounds the unknown fields of an object that are reported.
const maxUnknown = 20

func (d decoder) affordable(data []byte, object any) error {
	t := reflect.TypeOf(object)
	shape, known := d.shapes.Load(t)
	if !known {
		shape, _ = d.shapes.LoadOrStore(t, scan.ShapeOf(object, nil))
	}
	return shape.(*scan.Shape).Values(data) //nolint:forcetypeassert // only shapes are stored
}

// inObject makes an error name the object.
func inObject(of *metav1.TypeMeta, name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %q: %w", of.Kind, name, err)
}

// object decodes an object in full if its kind is judged, and the pod templates of one that holds
// some.
func (d decoder) object(m *manifest, data []byte) (o *object, err error) {
	o = &object{manifest: m, json: data}
	if judged := m.judgedAs(data); judged != nil {
		typed := judged.New()
		if o.unknown, err = d.decodeStrictly(data, typed); judged.Optional {
			o.unknown = nil // our type of it has only the fields that decisions read
		}
		o.judged = typed
		if of, ok := typed.(metav1.ObjectMetaAccessor); ok {
			if meta, ok := of.GetObjectMeta().(*metav1.ObjectMeta); ok {
				o.meta.ObjectMeta = *meta
			}
		}
		o.meta.TypeMeta = m.of
		if err != nil {
			return nil, inObject(&m.of, nameIn(data), err)
		}
		return o, nil
	}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(data, &o.meta); err != nil {
		return nil, inObject(&m.of, o.meta.Name, err)
	}
	o.meta.TypeMeta = m.of
	if cluster.Find(m.of.APIVersion, m.of.Kind) == nil {
		err = o.findTemplates(d)
	}
	return o, inObject(&m.of, o.meta.Name, err)
}

// judgedAs returns the kind of an object that is judged, nil for others. Of some kinds only one object
// is.
func (m *manifest) judgedAs(data []byte) *kinds.Kind {
	if m.of.Kind != kinds.LogConfigs.Kind {
		return kinds.Find(m.of.APIVersion, m.of.Kind)
	}
	var only typed
	if json.Unmarshal(data, &only) != nil {
		return nil
	}
	return kinds.FindObject(m.of.APIVersion, m.of.Kind, kinds.NamespacedName{Namespace: only.Namespace, Name: only.Name})
}

// nameIn returns the name of an object that can't be decoded, if it has one.
func nameIn(data []byte) string {
	var only typed
	_ = json.Unmarshal(data, &only)
	return only.Name
}

// findTemplates finds the pod templates of an object of another kind.
func (o *object) findTemplates(d decoder) error {
	workload := custom.Find(o.meta.APIVersion, o.meta.Kind, d.templates)
	if workload == nil {
		if found := custom.Hint(o.json); found != "" {
			o.notJudged = cmp.Or(kinds.Removed(o.meta.APIVersion, o.meta.Kind), "holds "+found)
		}
		return nil
	}
	object, err := custom.Object(o.json)
	if err != nil {
		return err
	}
	o.holders, err = workload.Templates(&o.meta, object, d.decodeStrictly)
	if in, ok := errors.AsType[*custom.TemplateError](err); ok {
		return inTemplate(in)
	}
	if err == nil && len(o.holders) == 0 {
		o.notJudged = workload.None()
	}
	return err
}
