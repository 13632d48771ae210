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
		template, isSpec := strings.CutSuffix(path, ".spec")
		for _, name := range listNames {
			list, _ := v[name].([]any)
			switch isContainer := slices.ContainsFunc(list, hasText("image")); {
			case isContainer && isSpec && name == "containers":
				return "a pod template at " + template
			case isContainer:
				return "containers at " + join(path, name)
			case isSpec && strings.HasSuffix(template, "emplate") && slices.ContainsFunc(list, hasText("name")):
				return "a pod template at " + template // the kind's controller sets its images
			}
		}
		if hasText("image")(v["container"]) {
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

// hasText returns a function that reports an object in which a field is a text. Containers have an
// image.
func hasText(field string) func(any) bool {
	return func(value any) bool {
		object, _ := value.(map[string]any)
		_, is := object[field].(string)
		return is
	}
}

func join(path, name string) string { return strings.TrimPrefix(path+"."+name, ".") }

func indexed(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }
