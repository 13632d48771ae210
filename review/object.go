package review

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	kjson "sigs.k8s.io/json"

	"fargate-webhook/kinds/lbc"
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
	// object is decoded in full when its kind is judged, else nil.
	object runtime.Object
	// toLookUp is decoded in full when its kind is looked up in judgements of
	// others, else nil.
	toLookUp lookedUp
}

// listOf is a List as far as it is looked into.
type listOf struct {
	Items []json.RawMessage `json:"items"`
}

// objects decodes a document, the items of a List one by one.
func objects(doc document, nesting int) ([]manifest, error) {
	m := manifest{document: doc}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(doc.json, &m.meta); err != nil {
		return nil, fmt.Errorf("not a Kubernetes object: %w", err)
	}
	if m.meta.Kind == "" || m.meta.APIVersion == "" {
		return nil, errors.New("not a Kubernetes object: it has no apiVersion or no kind")
	}
	if strings.HasSuffix(m.meta.Kind, "List") {
		var list listOf
		if err := kjson.UnmarshalCaseSensitivePreserveInts(doc.json, &list); err != nil {
			return nil, fmt.Errorf("read the %s: %w", m.meta.Kind, err)
		}
		// A custom resource may be called "AllowList" and hold no objects.
		if list.Items != nil || m.meta.Kind == "List" {
			return items(doc, list, nesting)
		}
	}
	m.object = newObject(m.meta.APIVersion, m.meta.Kind)
	m.toLookUp = newObjectToLookUp(m.meta.APIVersion, m.meta.Kind)
	var decoded []runtime.Object
	if m.object != nil {
		decoded = append(decoded, m.object)
	}
	if m.toLookUp != nil {
		decoded = append(decoded, m.toLookUp)
	}
	for _, object := range decoded {
		if err := kjson.UnmarshalCaseSensitivePreserveInts(doc.json, object); err != nil {
			return nil, fmt.Errorf("%s %q: %w", m.meta.Kind, m.meta.Name, err)
		}
	}
	return []manifest{m}, nil
}

func items(doc document, list listOf, nesting int) ([]manifest, error) {
	if nesting >= maxNesting {
		return nil, fmt.Errorf("more than %d Lists within each other", maxNesting)
	}
	var all []manifest
	for i, raw := range list.Items {
		inner := doc
		inner.json = raw
		found, err := objects(inner, nesting+1)
		if err != nil {
			return nil, fmt.Errorf("items[%d]: %w", i, err)
		}
		for _, m := range found {
			if m.item == nil {
				m.item = &i
			}
			all = append(all, m)
		}
	}
	return all, nil
}

// newObject is an empty object of a kind that is judged, nil for others. An
// API version that no supported API server serves any more is not judged.
func newObject(apiVersion, kind string) runtime.Object {
	switch apiVersion + " " + kind {
	case "v1 Pod":
		return &corev1.Pod{}
	case "v1 Service":
		return &corev1.Service{}
	case "v1 ReplicationController":
		return &corev1.ReplicationController{}
	case "apps/v1 Deployment":
		return &appsv1.Deployment{}
	case "apps/v1 ReplicaSet":
		return &appsv1.ReplicaSet{}
	case "apps/v1 StatefulSet":
		return &appsv1.StatefulSet{}
	case "apps/v1 DaemonSet":
		return &appsv1.DaemonSet{}
	case "batch/v1 Job":
		return &batchv1.Job{}
	case "batch/v1 CronJob":
		return &batchv1.CronJob{}
	case "networking.k8s.io/v1 Ingress":
		return &networkingv1.Ingress{}
	case lbc.GatewayGroup + "/" + lbc.GatewayVersion + " " + lbc.TargetGroupKind, lbc.GatewayGroup + "/" + lbc.GatewayBetaVersion + " " + lbc.TargetGroupKind:
		return &lbc.TargetGroupConfiguration{}
	}
	return nil
}
