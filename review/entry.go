package review

import (
	"encoding/json"
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kjson "sigs.k8s.io/json"

	"fargate-webhook/fargate/cluster"
)

// entry is an object that was found in a document.
type entry struct {
	json []byte
	// within are the object's places in its Lists, from the outermost.
	within []int
	// of is the type of an object that names none.
	of   metav1.TypeMeta
	meta metav1.PartialObjectMetadata
	// lookedUp is what decisions about other objects look up, as kind; nil for nothing. That of a
	// Deployment is the ReplicaSet that it makes.
	lookedUp cluster.Object
	kind     *cluster.Kind
}

// listOf is the part of a List that is read.
type listOf struct {
	Items []json.RawMessage `json:"items"`
}

// entries finds the object of a document, or the items of a List one by one. What is wrong with an
// item does not hide the others. of is the type of an object that names none.
func (d decoder) entries(data []byte, of metav1.TypeMeta, nesting int) ([]entry, []error) {
	meta, err := decodeMeta(data, of)
	if err != nil {
		return nil, []error{err}
	}
	if strings.HasSuffix(meta.Kind, "List") {
		var list listOf
		if err := kjson.UnmarshalCaseSensitivePreserveInts(data, &list); err != nil {
			return nil, []error{fmt.Errorf("read the %s: %w", meta.Kind, err)}
		}
		// A custom resource may be called "AllowList" and hold no objects.
		if list.Items != nil || meta.Kind == "List" {
			return d.items(list, itemsOf(&meta.TypeMeta), nesting)
		}
	}
	e := entry{json: data, of: of, meta: meta}
	if e.kind, e.lookedUp, err = d.lookedUp(data, &meta.TypeMeta); err != nil {
		return nil, []error{inObject(&meta, err)}
	}
	return []entry{e}, nil
}

var deploymentType = metav1.TypeMeta{APIVersion: "apps/v1", Kind: "Deployment"}

// lookedUp decodes what decisions about other objects look up.
func (d decoder) lookedUp(data []byte, of *metav1.TypeMeta) (*cluster.Kind, cluster.Object, error) {
	if *of == deploymentType {
		var deployment appsv1.Deployment
		if err := d.decode(data, &deployment); err != nil {
			return nil, nil, err
		}
		return cluster.ReplicaSets, replicaSetOf(&deployment), nil
	}
	kind := cluster.Find(of.APIVersion, of.Kind)
	if kind == nil {
		return nil, nil, nil
	}
	found := kind.New()
	return kind, found, d.decode(data, found)
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

func (d decoder) items(list listOf, of metav1.TypeMeta, nesting int) (all []entry, problems []error) {
	if nesting >= maxNesting {
		return nil, []error{fmt.Errorf("more than %d Lists within each other", maxNesting)}
	}
	for i, raw := range list.Items {
		if of.Kind != "" && isEmpty(raw) {
			problems = append(problems, fmt.Errorf("items[%d]: is empty", i))
			continue
		}
		found, broken := d.entries(raw, of, nesting+1)
		for _, err := range broken {
			problems = append(problems, fmt.Errorf("items[%d]: %w", i, err))
		}
		for k := range found {
			found[k].within = append([]int{i}, found[k].within...)
			all = append(all, found[k])
		}
	}
	return all, problems
}
