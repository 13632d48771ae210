package custom

import (
	"maps"
	"slices"
	"strings"
)

// variable begins what Argo replaces before it makes a pod, such as a parameter of the Workflow.
const variable = "{{"

// labelsPath is the path of the labels in a pod template.
const labelsPath = "metadata.labels"

// withoutVariables removes from the pod template of a Workflow what it says of nodes by variables: it
// isn't known here. It returns the paths of that, and of labels with variables, which stay: that there
// is such a label is known.
func withoutVariables(template map[string]any) (paths []string) {
	spec, _ := under(template, "spec")
	for _, field := range [...]string{"affinity", "priorityClassName", "schedulerName"} {
		if hasVariable(spec[field]) {
			delete(spec, field)
			paths = append(paths, "spec."+field)
		}
	}
	if selector, ok := under(spec, "nodeSelector"); ok && hasVariable(selector) {
		selector = maps.Clone(selector)
		maps.DeleteFunc(selector, func(key string, value any) bool { return strings.Contains(key, variable) || hasVariable(value) })
		spec["nodeSelector"] = selector
		paths = append(paths, "spec.nodeSelector")
	}
	if labels, ok := under(template, "metadata", "labels"); ok && hasVariable(labels) {
		paths = append(paths, labelsPath)
	}
	return paths
}

// hasVariable reports a value with a variable in it.
func hasVariable(value any) bool {
	switch v := value.(type) {
	case string:
		return strings.Contains(v, variable)
	case []any:
		return slices.ContainsFunc(v, hasVariable)
	case map[string]any:
		for key, item := range v {
			if strings.Contains(key, variable) || hasVariable(item) {
				return true
			}
		}
	}
	return false
}
