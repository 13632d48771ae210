package prefilter

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/sizing"
	"fargate-webhook/policy"
)

// Unsettled returns a CEL expression over a new pod that is true if admission may change it, "" if
// every pod has to be sent.
//
// It is false only for a pod that EKS has claimed (F2.5), after ours has set its resources, if all of
// its containers still have what the record says that they were set to: to decide again would change
// nothing. Any pod may be made to look like that. It then gets what it states, as with the annotation
// that leaves its resources alone, and is judged as all others are.
func Unsettled(p *policy.Policy) string {
	if !p.Prefilters() {
		return ""
	}
	return fmt.Sprintf(`!(%s && %s)`, claimed, settled(p))
}

// mostRecord is the longest record that is looked at, in bytes: mostContainers have less.
const mostRecord = 4 << 10

// settled is true for a pod whose record explains its resources under one of the policies. A record is
// that policy, the admission that wrote it, and a field for each container.
func settled(p *policy.Policy) string {
	var resources []string
	for _, r := range p.ResourcesAnywhere() {
		resources = append(resources, string(r))
	}
	// What the record was made of besides: the annotation that sets the pod's own policy, and what counts
	// in its size beside the requests of containers.
	alone := fmt.Sprintf(`!(%q in object.metadata.annotations) && !has(object.spec.overhead) && !has(object.spec.resources) && `+
		`(!has(object.spec.initContainers) || object.spec.initContainers.all(c, !has(c.restartPolicy)))`, sizing.ResourcesAnnotation)
	return fmt.Sprintf(`has(object.metadata.annotations) && %[1]q in object.metadata.annotations && size(object.metadata.annotations[%[1]q]) <= %[2]d && %[3]s && `+
		`has(object.spec.containers) && object.spec.containers != null && `,
		sizing.RecordAnnotation, mostRecord, alone) +
		let("fields", fmt.Sprintf(`object.metadata.annotations[%q].split(" ")`, sizing.RecordAnnotation),
			fmt.Sprintf(`size(fields) == %[1]s + 2 && size(fields) <= %[2]d && fields[0] in %[3]s && object.spec.containers.all(c, %[4]s) && (!has(object.spec.initContainers) || object.spec.initContainers.all(c, %[4]s))`,
				countContainers, mostContainers+2, list(resources...), asRecorded))
}

// asRecorded is true for a container that has what its field of the record says that it was set to:
// what is after the colon, or all of it where nothing was changed.
var asRecorded = let("cpu", pair(corev1.ResourceCPU), let("memory", pair(corev1.ResourceMemory),
	`fields.exists(f, f.startsWith(c.name + "=") && (f.contains(":" + cpu + ",") || f.startsWith(c.name + "=" + cpu + ",")) && (f.endsWith(":" + memory) || f.endsWith("," + memory)))`))

// pair is the request of container c and its limit as the record writes them.
func pair(name corev1.ResourceName) string {
	request, limit := stated("requests", name), stated("limits", name)
	return fmt.Sprintf(`%[1]s == %[2]s ? %[1]s : %[1]s + "/" + %[2]s`, request, limit)
}

// stated is what container c states of a resource, as a text; empty for nothing.
func stated(in string, name corev1.ResourceName) string {
	return fmt.Sprintf(`(has(c.resources.%[1]s) && %[2]q in c.resources.%[1]s ? c.resources.%[1]s[%[2]q] : "")`, in, name)
}
