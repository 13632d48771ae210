package custom

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// maxDepth bounds how deep a hint is looked for.
const maxDepth = 24

// Hint says where an object of an unknown kind holds something like a pod template, such as "a pod
// template at spec.template" or "containers at spec.steps"; "" if it seems to hold none. data is
// the object's JSON, which is decoded only if it names containers.
func Hint(data []byte) string {
	if !slices.ContainsFunc(listNames, func(name string) bool { return bytes.Contains(data, []byte(`"`+name+`"`)) }) && !bytes.Contains(data, []byte(`"container"`)) {
		return ""
	}
	object, err := Object(data)
	if err != nil {
		return ""
	}
	return hint("", object, 0)
}

// listNames are fields with lists of containers: in pod specs, and in Tekton's tasks.
var listNames = []string{"containers", "initContainers", "steps"}

func hint(path string, value any, depth int) string {
	if depth > maxDepth {
		return ""
	}
	switch v := value.(type) {
	case []any:
		for i, item := range v {
			if found := hint(indexed(path, i), item, depth+1); found != "" {
				return found
			}
		}
	case map[string]any:
		for _, name := range listNames {
			if list, ok := v[name].([]any); ok && slices.ContainsFunc(list, isContainer) {
				if template, ok := strings.CutSuffix(path, ".spec"); ok && name == "containers" {
					return "a pod template at " + template
				}
				return "containers at " + join(path, name)
			} else if template, ok := strings.CutSuffix(path, "emplate.spec"); ok && slices.ContainsFunc(list, isNamed) {
				return "a pod template at " + template + "emplate" // whose images the kind's controller sets
			}
		}
		if isContainer(v["container"]) {
			return "a container at " + join(path, "container")
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if found := hint(join(path, name), v[name], depth+1); found != "" {
				return found
			}
		}
	}
	return ""
}

// isContainer reports an object with an image.
func isContainer(value any) bool {
	container, ok := value.(map[string]any)
	if !ok {
		return false
	}
	_, image := container["image"].(string)
	return image
}

// isNamed reports an object with a name.
func isNamed(value any) bool {
	object, ok := value.(map[string]any)
	if !ok {
		return false
	}
	_, name := object["name"].(string)
	return name
}

func join(path, name string) string { return strings.TrimPrefix(path+"."+name, ".") }

func indexed(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }
