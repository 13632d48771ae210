package custom

import (
	"maps"
	"slices"
	"strings"

	"fargate-webhook/kinds"
)

// argoPodFields are the fields of a pod spec that a Workflow and each of its templates have.
var argoPodFields = []string{
	"activeDeadlineSeconds", "affinity", "automountServiceAccountToken", "hostAliases", "hostNetwork", "nodeSelector", "priorityClassName",
	"schedulerName", "securityContext", "serviceAccountName", "tolerations", "volumes",
}

// argoTemplate returns the pod template that Argo makes of a template of a Workflow, without the
// containers that Argo adds; nil for one without a pod of its own, such as steps.
func argoTemplate(p place, object map[string]any) (template map[string]any, renamed []kinds.Renamed) {
	workflow, at := workflowOf(object)
	defaults, _ := under(workflow, "templateDefaults")
	spec := map[string]any{}
	for _, from := range [3]place{{at, workflow}, {at + ".templateDefaults", defaults}, p} {
		for _, field := range argoPodFields {
			value, ok := from.value[field]
			if !ok {
				continue
			}
			had, _ := spec[field].([]any)
			if list, ok := value.([]any); ok {
				for i := range list {
					renamed = append(renamed, kinds.Renamed{Template: indexed("spec."+field, len(had)+i), Object: indexed(from.path+"."+field, i)})
				}
				value = slices.Concat(had, list)
			}
			spec[field] = value
			renamed = slices.Insert(renamed, 0, kinds.Renamed{Template: "spec." + field, Object: from.path + "." + field})
		}
	}
	slices.SortStableFunc(renamed, func(a, b kinds.Renamed) int { return strings.Count(b.Template, "[") - strings.Count(a.Template, "[") })
	spec["restartPolicy"] = "Never"
	containers, places := argoContainers(p, defaults)
	if len(containers) == 0 {
		return nil, nil
	}
	spec["containers"] = containers
	if init, ok := p.value["initContainers"].([]any); ok {
		spec["initContainers"] = init
	}
	renamed = append(slices.Concat(places, renamed), kinds.Renamed{Template: "spec", Object: p.path})
	template = map[string]any{"spec": spec}
	metadata := map[string]any{}
	for _, from := range [2]map[string]any{defaults, p.value} {
		if own, ok := under(from, "metadata"); ok {
			maps.Copy(metadata, own)
		}
	}
	template["metadata"] = metadata
	return template, renamed
}

// argoContainers returns the containers of a template and where they are.
func argoContainers(p place, defaults map[string]any) (containers []any, places []kinds.Renamed) {
	if set, ok := under(p.value, "containerSet"); ok {
		list, _ := set["containers"].([]any)
		containers = append(containers, list...)
		places = append(places, kinds.Renamed{Template: "spec.containers", Object: p.path + ".containerSet.containers"})
	}
	for _, name := range [2]string{"container", "script"} {
		if own, ok := under(p.value, name); ok {
			main := map[string]any{}
			shared, _ := under(defaults, name)
			maps.Copy(main, shared)
			maps.Copy(main, own)
			main["name"] = "main"
			containers = append(containers, main)
			places = append(places, kinds.Renamed{Template: "spec.containers[0]", Object: p.path + "." + name})
		}
	}
	if len(containers) == 0 {
		return nil, nil
	}
	sidecars, _ := p.value["sidecars"].([]any)
	for i := range sidecars {
		places = slices.Insert(places, 0, kinds.Renamed{Template: indexed("spec.containers", len(containers)+i), Object: indexed(p.path+".sidecars", i)})
	}
	return append(containers, sidecars...), places
}

// workflowOf returns the spec of a Workflow and its path.
func workflowOf(object map[string]any) (spec map[string]any, path string) {
	if inner, ok := under(object, "spec", "workflowSpec"); ok {
		return inner, "spec.workflowSpec"
	}
	spec, _ = under(object, "spec")
	return spec, "spec"
}

// patched says of a template of a Workflow that Argo patches its pods.
func patched(p place, object map[string]any) string {
	workflow, at := workflowOf(object)
	for _, from := range [2]place{p, {at, workflow}} {
		if patch, ok := from.value["podSpecPatch"].(string); ok && patch != "" {
			return "changes its pods by " + from.path + ".podSpecPatch"
		}
	}
	return ""
}
