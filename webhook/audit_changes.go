package webhook

import (
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/jsonpatch"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/sizing"
	"fargate-webhook/internal/text"
	"fargate-webhook/kinds"
	"fargate-webhook/webhook/audit"
)

// addChanges adds to an audit line what a patch changes in an object, or in the pods that a workload
// makes.
func addChanges(line *audit.Line, object kinds.Object, patch jsonpatch.Patch) {
	if len(patch) == 0 {
		return
	}
	line.Changes = changedFields(patch)
	line.Labels = entriesSet(patch, "/metadata/labels")
	line.Pinned = line.Labels[placement.ProfileLabel]
	line.Annotations = entriesSet(patch, "/metadata/annotations")
	delete(line.Annotations, sizing.RecordAnnotation)
	if spec := kinds.PodSpec(object); spec != nil {
		line.Resources = resourcesSet(patch, spec)
		listed := min(len(line.Resources), maxListed)
		line.Resources, line.MoreResources = line.Resources[:listed], len(line.Resources)-listed
	}
}

// entriesSet returns the entries that a patch sets in a map of texts.
func entriesSet(patch jsonpatch.Patch, path string) map[string]string {
	set := map[string]string{}
	for _, operation := range patch {
		switch value := operation.Value.(type) {
		case map[string]string:
			if operation.Path == path {
				for key, entry := range value {
					set[key] = text.Truncate(entry, maxPart)
				}
			}
		case string:
			if key, ok := strings.CutPrefix(operation.Path, path+"/"); ok {
				set[unescape.Replace(key)] = text.Truncate(value, maxPart)
			}
		}
	}
	return set
}

// unescape reads a token of a JSON Pointer.
var unescape = strings.NewReplacer("~1", "/", "~0", "~")

// resourcesSet returns the containers whose resources a patch changes, init containers first, as the
// patch has them.
func resourcesSet(patch jsonpatch.Patch, spec *corev1.PodSpec) []audit.Resources {
	var changed []audit.Resources
	var paths []string
	for _, operation := range patch {
		container, field, ok := strings.Cut(operation.Path, "/resources")
		if !ok {
			continue
		}
		at := slices.Index(paths, container)
		if at < 0 {
			c := containerAt(spec, container)
			if c == nil {
				continue
			}
			before := requirementsOf(&c.Resources)
			at = len(paths)
			paths = append(paths, container)
			changed = append(changed, audit.Resources{Container: text.Truncate(c.Name, maxPart), Before: before, After: before})
		}
		setField(&changed[at].After, field, operation.Value)
	}
	return changed
}

// containerAt returns the container at a path such as /spec/containers/0, nil if there is none.
func containerAt(spec *corev1.PodSpec, path string) *corev1.Container {
	for prefix, list := range map[string][]corev1.Container{"/spec/initContainers/": spec.InitContainers, "/spec/containers/": spec.Containers} {
		if index, ok := strings.CutPrefix(path, prefix); ok {
			if i, err := strconv.Atoi(index); err == nil && i < len(list) {
				return &list[i]
			}
		}
	}
	return nil
}

// requirementsOf returns the requests and limits of CPU and memory.
func requirementsOf(r *corev1.ResourceRequirements) audit.Requirements {
	return audit.Requirements{Requests: quantitiesOf(r.Requests), Limits: quantitiesOf(r.Limits)}
}

func quantitiesOf(list corev1.ResourceList) audit.Quantities {
	of := func(name corev1.ResourceName) string {
		if quantity, ok := list[name]; ok {
			return quantity.String()
		}
		return ""
	}
	return audit.Quantities{CPU: of(corev1.ResourceCPU), Memory: of(corev1.ResourceMemory)}
}

// setField sets a field of the requirements, such as "/requests/cpu", to the value of an operation;
// nil removes it.
func setField(to *audit.Requirements, field string, value any) {
	resources, _ := value.(sizing.Resources)
	list, _ := value.(sizing.Quantities)
	text, _ := value.(string)
	switch field {
	case "":
		to.Requests, to.Limits = audit.Quantities(resources.Requests), audit.Quantities(resources.Limits)
	case "/requests":
		to.Requests = audit.Quantities(list)
	case "/limits":
		to.Limits = audit.Quantities(list)
	case "/requests/cpu":
		to.Requests.CPU = text
	case "/requests/memory":
		to.Requests.Memory = text
	case "/limits/cpu":
		to.Limits.CPU = text
	case "/limits/memory":
		to.Limits.Memory = text
	}
}
