package ack

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"fargate-webhook/profiles"
)

// reader reads one object and notes all that is wrong with it.
type reader struct {
	object   string
	failures []error
}

func (r *reader) fail(at, format string, args ...any) {
	r.failures = append(r.failures, fmt.Errorf("%s: %s: "+format, append([]any{r.object, at}, args...)...))
}

// profile reads a profile and the cluster that it belongs to, which is empty as
// long as nobody can tell. A field that says nothing of what it selects is left
// alone.
func (r *reader) profile(object map[string]any) (profile profiles.Profile, cluster string) {
	spec, status := r.mapping(object, "", "spec"), r.mapping(object, "", "status")
	profile = profiles.Profile{Name: r.required(spec, "spec", "name"), Status: r.status(status)}
	const at = "spec.selectors"
	items, ok := spec["selectors"].([]any)
	switch {
	case spec["selectors"] == nil, ok && len(items) == 0:
		r.fail(at, "missing: a profile needs at least one selector")
	case !ok:
		r.fail(at, "is %s: want a list", describe(spec["selectors"]))
	}
	for i, item := range items {
		profile.Selectors = append(profile.Selectors, r.selector(item, fmt.Sprintf("%s[%d]", at, i)))
	}
	return profile, r.cluster(spec, status, profile.Status)
}

// status is CREATING as long as the controller hasn't written any: EKS may not
// even have heard of the profile, and only an ACTIVE one takes pods (F1.9, S6).
func (r *reader) status(status map[string]any) profiles.Status {
	const at = "status"
	text := r.text(status, at, "status")
	known := []profiles.Status{profiles.StatusCreating, profiles.StatusActive, profiles.StatusDeleting, profiles.StatusCreateFailed, profiles.StatusDeleteFailed}
	switch {
	case text == "":
		return profiles.StatusCreating
	case !slices.Contains(known, profiles.Status(text)):
		r.fail(at+".status", "%q is no status: want CREATING, ACTIVE, DELETING, CREATE_FAILED or DELETE_FAILED", text)
	}
	return profiles.Status(text)
}

// cluster is spec.clusterName. An object with spec.clusterRef in its stead names
// another object, which there is no right to read: then the ARN tells, which
// the profile has once EKS knows of it.
func (r *reader) cluster(spec, status map[string]any, of profiles.Status) string {
	if name := r.text(spec, "spec", "clusterName"); name != "" {
		return name
	}
	const at = "status.ackResourceMetadata"
	arn := r.text(r.mapping(status, "status", "ackResourceMetadata"), at, "arn")
	// arn:aws:eks:REGION:ACCOUNT:fargateprofile/CLUSTER/PROFILE/ID
	parts := strings.SplitN(arn, ":", 6)
	path := strings.Split(parts[len(parts)-1], "/")
	switch {
	case len(parts) == 6 && len(path) == 4 && path[0] == "fargateprofile":
		return path[1]
	case arn != "":
		r.fail(at+".arn", "%q is not the ARN of a Fargate profile", arn)
	case spec["clusterRef"] == nil:
		r.fail("spec.clusterName", "missing: name the cluster here, or an object in spec.clusterRef")
	case of == profiles.StatusActive:
		r.fail("spec.clusterName", "missing, and there is no ARN in %s that would tell the cluster of an ACTIVE profile: name it here", at)
	}
	return ""
}

// selector reads one selector. An unknown field is an error: it might say that
// fewer pods are selected.
func (r *reader) selector(item any, at string) profiles.Selector {
	fields, ok := item.(map[string]any)
	if !ok {
		r.fail(at, "is %s: want a mapping", describe(item))
		return profiles.Selector{}
	}
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		if field != "namespace" && field != "labels" {
			r.fail(at+"."+field, "not a field of a selector: want namespace and labels")
		}
	}
	selector := profiles.Selector{Namespace: r.required(fields, at, "namespace")}
	labels := r.mapping(fields, at, "labels")
	if len(labels) == 0 {
		return selector
	}
	selector.Labels = make(map[string]string, len(labels))
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		value, isText := labels[key].(string)
		if !isText {
			r.fail(fmt.Sprintf("%s.labels[%q]", at, key), "is %s: want a string", describe(labels[key]))
		}
		selector.Labels[key] = value
	}
	return selector
}

// mapping reads a field that may be missing.
func (r *reader) mapping(of map[string]any, at, field string) map[string]any {
	value, ok := of[field].(map[string]any)
	if !ok && of[field] != nil {
		r.fail(join(at, field), "is %s: want a mapping", describe(of[field]))
	}
	return value
}

// text reads a field that may be missing.
func (r *reader) text(of map[string]any, at, field string) string {
	value, ok := of[field].(string)
	if !ok && of[field] != nil {
		r.fail(join(at, field), "is %s: want a string", describe(of[field]))
	}
	return value
}

// required reads a field that may be neither missing nor empty.
func (r *reader) required(of map[string]any, at, field string) string {
	value := r.text(of, at, field)
	if text, ok := of[field].(string); of[field] == nil || ok && text == "" {
		r.fail(join(at, field), "missing")
	}
	return value
}

func join(at, field string) string {
	if at == "" {
		return field
	}
	return at + "." + field
}

// describe names the type of a value of JSON.
func describe(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case string:
		return "a string"
	case bool:
		return "a boolean"
	case map[string]any:
		return "a mapping"
	case []any:
		return "a list"
	}
	return "a number"
}
