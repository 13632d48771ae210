package file

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"fargate-webhook/internal/yamlfile"
	"fargate-webhook/profiles"
)

// cloudFormationType is the type of a resource that is a Fargate profile (F9.5).
const cloudFormationType = "AWS::EKS::FargateProfile"

// isCloudFormation says whether a document is a template.
func isCloudFormation(document *yaml.Node) bool {
	if valueOf(document, "AWSTemplateFormatVersion") != nil {
		return true
	}
	resources := valueOf(document, "Resources")
	if resources == nil || resources.Kind != yaml.MappingNode {
		return false
	}
	for _, resource := range resources.Content {
		if strings.HasPrefix(textOf(yamlfile.Resolve(resource), "Type"), "AWS::") {
			return true
		}
	}
	return false
}

// readCloudFormation reads the profiles of a template (F9.5). None at all is an error: it is the wrong template.
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
			r.Fail(fields[id].Key, at+"."+id, "is an intrinsic function that makes Fargate profiles, and %s", unresolved)
		}
		if textOf(resource, "Type") == cloudFormationType {
			entries = append(entries, readTemplateResource(r, resource, at, id))
		}
	}
	if len(entries) == 0 && !loops {
		r.Fail(resources, at, "has no resource of type %s", cloudFormationType)
	}
	return entries
}

// readTemplateResource reads one resource. Its name is the logical id if it states none.
func readTemplateResource(r *yamlfile.Reader, resource *yaml.Node, at, id string) entry {
	at += "." + id
	if condition := valueOf(resource, "Condition"); condition != nil {
		r.Fail(condition, at+".Condition", "whether there is such a profile hangs on the condition %q, and %s", condition.Value, unresolved)
	}
	at += ".Properties"
	e := entry{Profile: profiles.Profile{Name: id, Status: profiles.StatusActive}, line: resource.Line, field: at}
	properties := valueOf(resource, "Properties")
	if properties == nil {
		r.Fail(resource, at, "missing")
		return e
	}
	fields := r.Fields(properties, at)
	if name, present := fields["FargateProfileName"]; present && !yamlfile.IsNull(name.Value) {
		e.Name, e.line, e.field = "", name.Key.Line, at+".FargateProfileName"
		if known(r, name.Value, e.field) {
			e.Name = r.Required(properties, fields, at, "FargateProfileName")
		}
	}
	e.cluster = templateCluster(fields["ClusterName"].Value)
	list := fields["Selectors"].Value
	at += ".Selectors"
	if !known(r, list, at) {
		return e
	}
	for i, item := range selectorItems(r, properties, list, at) {
		e.Selectors = append(e.Selectors, readTemplateSelector(r, item, fmt.Sprintf("%s[%d]", at, i)))
	}
	return e
}

// readTemplateSelector reads a selector, whose labels are a list (S29).
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

// readTemplateLabel adds one {Key, Value} to labels.
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
		r.Fail(node, at+".Key", "%q is the key of an earlier label of this selector already: keep one of them", key)
	}
	value, present := fields["Value"]
	if !present {
		r.Fail(node, at+".Value", `missing: want a string, "" for the empty one`)
		return
	}
	if known(r, value.Value, at+".Value") {
		if text, ok := r.Text(value.Value, at+".Value"); ok {
			labels[key] = text
		}
	}
}

// requiredKnown is Reader.Required for what may be an intrinsic function.
func requiredKnown(r *yamlfile.Reader, node *yaml.Node, fields yamlfile.Fields, at, name string) string {
	if field, present := fields[name]; present && !known(r, field.Value, yamlfile.Join(at, name)) {
		return ""
	}
	return r.Required(node, fields, at, name)
}
