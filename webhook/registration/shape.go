package registration

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// shape is what both kinds of configuration have in common, as their JSON has
// it: what is applied and what the API server holds can be compared by it.
type shape struct {
	Metadata struct {
		ResourceVersion string                      `json:"resourceVersion"`
		Labels          map[string]string           `json:"labels"`
		OwnerReferences []metav1.OwnerReference     `json:"ownerReferences"`
		ManagedFields   []metav1.ManagedFieldsEntry `json:"managedFields"`
	} `json:"metadata"`
	Webhooks []map[string]any `json:"webhooks"`
}

// shapeOf reads a configuration, or what is applied to one.
func shapeOf(configuration any) (*shape, error) {
	text, err := json.Marshal(configuration)
	if err != nil {
		return nil, fmt.Errorf("encode a webhook configuration: %w", err)
	}
	s := new(shape)
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("decode a webhook configuration: %w", err)
	}
	for _, hook := range s.Webhooks {
		// All of the conditions have to be true: their order says nothing.
		if conditions, ok := hook["matchConditions"].([]any); ok {
			slices.SortFunc(conditions, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		}
	}
	return s, nil
}

// hook is the webhook of that name, nil for none.
func (s *shape) hook(name string) map[string]any {
	for _, hook := range s.Webhooks {
		if hook["name"] == name {
			return hook
		}
	}
	return nil
}

// changed tells where live differs from what we want of it, as paths of fields:
// of our labels, our owner and our webhooks. What others add beside these, such
// as labels, annotations and webhooks of their own, is none of our business;
// what they add to a webhook of ours is.
func (s *shape) drift(live *shape) []string {
	var paths []string
	for _, key := range slices.Sorted(maps.Keys(s.Metadata.Labels)) {
		if value, ok := live.Metadata.Labels[key]; !ok || value != s.Metadata.Labels[key] {
			paths = append(paths, "metadata.labels["+key+"]")
		}
	}
	for _, owner := range s.Metadata.OwnerReferences {
		if !slices.ContainsFunc(live.Metadata.OwnerReferences, func(o metav1.OwnerReference) bool { return reflect.DeepEqual(o, owner) }) {
			paths = append(paths, "metadata.ownerReferences["+owner.Name+"]")
		}
	}
	for _, hook := range s.Webhooks {
		name := fmt.Sprint(hook["name"])
		path, have := "webhooks["+name+"]", live.hook(name)
		if have == nil {
			paths = append(paths, path)
			continue
		}
		for _, field := range changedFields(hook, have) {
			paths = append(paths, path+"."+field)
		}
	}
	return paths
}

// differing are the fields that we set and that have another value. Those that
// we don't know the API server may set as it likes.
func changedFields(hook, have map[string]any) []string {
	var fields []string
	for _, field := range slices.Sorted(maps.Keys(hook)) {
		if !reflect.DeepEqual(hook[field], have[field]) {
			fields = append(fields, field)
		}
	}
	return fields
}

// lastManager is who wrote to it last, besides us; empty when nobody has.
func (s *shape) lastManager() string {
	name, last := "", metav1.Time{}
	for i := range s.Metadata.ManagedFields {
		entry := &s.Metadata.ManagedFields[i]
		if entry.Manager != fieldManager && entry.Time != nil && !entry.Time.Before(&last) {
			name, last = entry.Manager, *entry.Time
		}
	}
	return name
}

// withoutOurs is a JSON Patch that takes those of our webhooks that are changed
// out of live: an apply can't take back what others have added to them. It
// fails when live is not what the API server holds any more.
func (s *shape) removalPatch(live *shape) ([]byte, error) {
	type operation struct {
		Op    string `json:"op"`
		Path  string `json:"path"`
		Value string `json:"value,omitempty"`
	}
	patch := []operation{{"test", "/metadata/resourceVersion", live.Metadata.ResourceVersion}}
	for i, have := range slices.Backward(live.Webhooks) {
		if hook := s.hook(fmt.Sprint(have["name"])); hook != nil && len(changedFields(hook, have)) > 0 {
			patch = append(patch, operation{Op: "remove", Path: fmt.Sprintf("/webhooks/%d", i)})
		}
	}
	return json.Marshal(patch)
}
