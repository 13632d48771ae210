package registration

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// shape has the JSON fields that both kinds of configuration share. It is used to compare an
// applied configuration with the live one.
type shape struct {
	Metadata struct {
		ResourceVersion string                      `json:"resourceVersion"`
		Labels          map[string]string           `json:"labels"`
		OwnerReferences []metav1.OwnerReference     `json:"ownerReferences"`
		ManagedFields   []metav1.ManagedFieldsEntry `json:"managedFields"`
	} `json:"metadata"`
	Webhooks []map[string]any `json:"webhooks"`
}

// shapeOf returns the shape of a configuration or of an apply configuration.
func shapeOf(configuration any) (*shape, error) {
	text, err := json.Marshal(configuration)
	if err != nil {
		return nil, fmt.Errorf("encode a webhook configuration: %w", err)
	}
	s := new(shape)
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("decode a webhook configuration: %w", err)
	}
	return s, nil
}

// hook returns the named webhook, or nil.
func (s *shape) hook(name string) map[string]any {
	for _, hook := range s.Webhooks {
		if hook["name"] == name {
			return hook
		}
	}
	return nil
}

// drift returns the paths of our labels, owner and webhooks in which live differs from s. Labels,
// annotations and webhooks that others add are ignored; fields that they add to our webhooks are
// not.
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

// changedFields returns the fields of hook that have another value in have. Other fields of have
// are defaults of the API server.
func changedFields(hook, have map[string]any) []string {
	var fields []string
	for _, field := range slices.Sorted(maps.Keys(hook)) {
		if !reflect.DeepEqual(hook[field], have[field]) {
			fields = append(fields, field)
		}
	}
	return fields
}

// lastManager returns the field manager, other than this webhook, that wrote last, or "".
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

// removalPatch returns a JSON Patch that removes our changed webhooks from live, since an apply
// can't remove fields that others added. The API server rejects it if live is outdated.
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

// Differences returns the paths of labels, owner and webhooks in which a live configuration differs
// from one that [Mutating], [Validating] or [Probe] has built. What others add beside these is
// ignored.
func Differences(want, live any) ([]string, error) {
	wanted, err := shapeOf(want)
	if err != nil {
		return nil, err
	}
	found, err := shapeOf(live)
	if err != nil {
		return nil, err
	}
	return wanted.drift(found), nil
}
