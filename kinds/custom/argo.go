package custom

import (
	"maps"

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
	spec := map[string]any{}
	workflow, _ := under(object, "spec")
	if inner, ok := under(object, "spec", "workflowSpec"); ok {
		workflow = inner
	}
	for _, from := range [2]map[string]any{workflow, p.value} {
		for _, field := range argoPodFields {
			value, ok := from[field]
			if !ok {
				continue
			}
			if had, both := spec[field].([]any); both {
				if list, ok := value.([]any); ok {
					value = append(append([]any{}, had...), list...)
				}
			}
			spec[field] = value
		}
	}
	spec["restartPolicy"] = "Never"
	var containers []any
	if set, ok := under(p.value, "containerSet"); ok {
		list, _ := set["containers"].([]any)
		containers = append(containers, list...)
		renamed = append(renamed, kinds.Renamed{Template: "spec.containers", Object: p.path + ".containerSet.containers"})
	}
	for _, name := range [2]string{"container", "script"} {
		if main, ok := under(p.value, name); ok {
			main = maps.Clone(main)
			main["name"] = "main"
			containers = append(containers, main)
			renamed = append(renamed, kinds.Renamed{Template: "spec.containers[0]", Object: p.path + "." + name})
		}
	}
	if len(containers) == 0 {
		return nil, nil
	}
	sidecars, _ := p.value["sidecars"].([]any)
	for i := range sidecars {
		renamed = append(renamed, kinds.Renamed{Template: indexed("spec.containers", len(containers)+i), Object: indexed(p.path+".sidecars", i)})
	}
	spec["containers"] = append(containers, sidecars...)
	if init, ok := p.value["initContainers"].([]any); ok {
		spec["initContainers"] = init
	}
	renamed = append(renamed, kinds.Renamed{Template: "spec", Object: p.path})
	template = map[string]any{"spec": spec}
	if metadata, ok := under(p.value, "metadata"); ok {
		template["metadata"] = metadata
	}
	return template, renamed
}
