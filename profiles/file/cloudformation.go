package file

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"fargate-webhook/internal/yamlfile"
	"fargate-webhook/profiles"
	"fargate-webhook/profiles/manifest"
)

// cloudFormationType is the resource type of a Fargate profile (F9.5).
const cloudFormationType = "AWS::EKS::FargateProfile"

// isCloudFormation reports whether a document is a CloudFormation template.
func isCloudFormation(document *yaml.Node) bool {
	if manifest.Value(document, "AWSTemplateFormatVersion") != nil {
		return true
	}
	resources := manifest.Value(document, "Resources")
	if resources == nil || resources.Kind != yaml.MappingNode {
		return false
	}
	for _, resource := range resources.Content {
		if strings.HasPrefix(manifest.Text(yamlfile.Resolve(resource), "Type"), "AWS::") {
			return true
		}
	}
	return false
}

// readCloudFormation reads the profiles of a template (F9.5). A template without any is an error,
// since it is probably the wrong one.
func readCloudFormation(r *yamlfile.Reader, template *yaml.Node, at string) []entry {
	at = yamlfile.Join(at, "Resources")
	resources := r.Fields(template, at)["Resources"].Value
	if resources == nil || yamlfile.IsNull(resources) {
		r.Fail(template, at, "missing")
		return nil
	}
	fields := r.Fields(resources, at)
	var entries []entry
	loops := false
	for _, id := range fields.Names() {
		resource := yamlfile.Resolve(fields[id].Value)
		if strings.HasPrefix(id, "Fn::") && mentions(resource, cloudFormationType) {
			loops = true
			r.Fail(fields[id].Key, at+"."+id, "must not be an intrinsic function that makes Fargate profiles: %s", unresolved)
		}
		if manifest.Text(resource, "Type") == cloudFormationType {
			entries = append(entries, readTemplateResource(r, resource, at, id))
		}
	}
	if len(entries) == 0 && !loops {
		r.Fail(resources, at, "must have a resource of type %s", cloudFormationType)
	}
	return entries
}

// readTemplateResource reads one resource. The logical id is its name if FargateProfileName is not
// set.
func readTemplateResource(r *yamlfile.Reader, resource *yaml.Node, at, id string) entry {
	at += "." + id
	if condition := manifest.Value(resource, "Condition"); condition != nil {
		r.Fail(condition, at+".Condition", "must not be set: the condition %q decides whether the profile exists, and %s", condition.Value, unresolved)
	}
	at += ".Properties"
	e := entry{Profile: manifest.Profile{Profile: profiles.Profile{Name: id, Status: profiles.StatusActive}, Line: resource.Line, Field: at}}
	properties := manifest.Value(resource, "Properties")
	if properties == nil {
		r.Fail(resource, at, "missing")
		return e
	}
	fields := r.Fields(properties, at)
	if name, present := fields["FargateProfileName"]; present && !yamlfile.IsNull(name.Value) {
		e.Name, e.Line, e.Field = "", name.Key.Line, at+".FargateProfileName"
		if known(r, name.Value, e.Field) {
			e.Name = r.Required(properties, fields, at, "FargateProfileName")
		}
	}
	e.cluster = templateCluster(fields["ClusterName"].Value)
	list := fields["Selectors"].Value
	at += ".Selectors"
	if !known(r, list, at) {
		return e
	}
	for i, item := range manifest.SelectorItems(r, properties, list, at) {
		e.Selectors = append(e.Selectors, readTemplateSelector(r, item, fmt.Sprintf("%s[%d]", at, i)))
	}
	return e
}

// readTemplateSelector reads a selector, which has its labels in a list (S29).
func readTemplateSelector(r *yamlfile.Reader, node *yaml.Node, at string) profiles.Selector {
	if !known(r, node, at) {
		return profiles.Selector{}
	}
	fields := r.Fields(node, at)
	if fields == nil {
		return profiles.Selector{}
	}
	r.Only(fields, at, "a selector", "Namespace", "Labels")
	selector := profiles.Selector{Namespace: requiredKnown(r, node, fields, at, "Namespace")}
	labels := fields["Labels"].Value
	at += ".Labels"
	if labels == nil || yamlfile.IsNull(labels) || !known(r, labels, at) {
		return selector
	}
	selector.Labels = map[string]string{}
	for i, label := range r.List(labels, at) {
		readTemplateLabel(r, label, fmt.Sprintf("%s[%d]", at, i), selector.Labels)
	}
	return selector
}

// readTemplateLabel adds a {Key, Value} pair to labels.
func readTemplateLabel(r *yamlfile.Reader, node *yaml.Node, at string, labels map[string]string) {
	if !known(r, node, at) {
		return
	}
	fields := r.Fields(node, at)
	if fields == nil {
		return
	}
	r.Only(fields, at, "a label", "Key", "Value")
	key := requiredKnown(r, node, fields, at, "Key")
	if _, taken := labels[key]; taken && key != "" {
		r.Fail(node, at+".Key", "%q is also the key of an earlier label of this selector: remove one of the two", key)
	}
	value, present := fields["Value"]
	if !present {
		r.Fail(node, at+".Value", `missing: must be a string; write "" for the empty string`)
		return
	}
	if known(r, value.Value, at+".Value") {
		if text, ok := r.Text(value.Value, at+".Value"); ok {
			labels[key] = text
		}
	}
}

// requiredKnown is Reader.Required for a value that may be an intrinsic function, which is an
// error.
func requiredKnown(r *yamlfile.Reader, node *yaml.Node, fields yamlfile.Fields, at, name string) string {
	if field, present := fields[name]; present && !known(r, field.Value, yamlfile.Join(at, name)) {
		return ""
	}
	return r.Required(node, fields, at, name)
}
