package review

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kjson "sigs.k8s.io/json"

	"fargate-webhook/fargate/cluster"
)

// entry is an object that was found in a document.
type entry struct {
	head
	json []byte
	// within are the object's places in its Lists, from the outermost.
	within []int
	// kind is what decisions about other objects look it up as, nil if they don't: that of a
	// Deployment is the ReplicaSet that it makes.
	kind *cluster.Kind
	// lookedUp is the object in full if it is kept decoded.
	lookedUp cluster.Object
}

// listOf is the part of a List that is read.
type listOf struct {
	Items []json.RawMessage `json:"items"`
}

// entries finds the object of a document, or the items of a List one by one. What is wrong with an
// item does not hide the others. of is the type of an object that names none.
func (d decoder) entries(data []byte, of metav1.TypeMeta, nesting int) ([]entry, []error) {
	h, err := headOf(data, of)
	if err != nil {
		return nil, []error{err}
	}
	if strings.HasSuffix(h.Kind, "List") {
		var list listOf
		if err := kjson.UnmarshalCaseSensitivePreserveInts(data, &list); err != nil {
			return nil, []error{fmt.Errorf("read the %s: %w", h.Kind, err)}
		}
		// A custom resource may be called "AllowList" and hold no objects.
		if list.Items != nil || h.Kind == "List" {
			return d.items(list, itemsOf(&h.TypeMeta), nesting)
		}
	}
	e := entry{head: h, json: data, kind: cluster.Find(h.APIVersion, h.Kind)}
	switch {
	case h.TypeMeta == deploymentType:
		e.kind = cluster.ReplicaSets
	case e.kind == nil || h.hasPods():
	default:
		e.lookedUp = e.kind.New()
		if err := d.decode(data, e.lookedUp); err != nil {
			return nil, []error{inObject(&h.TypeMeta, h.Name, err)}
		}
	}
	return []entry{e}, nil
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
			problems = append(problems, inItem(i, errors.New("is empty")))
			continue
		}
		found, broken := d.entries(raw, of, nesting+1)
		for _, err := range broken {
			problems = append(problems, inItem(i, err))
		}
		for k := range found {
			found[k].within = append([]int{i}, found[k].within...)
			all = append(all, found[k])
		}
	}
	return all, problems
}
