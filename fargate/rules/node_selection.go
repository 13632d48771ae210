package rules

import (
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/policy"
)

// NodeSelection is about a pod that a profile matches as it stands, but that requires a node that
// Fargate doesn't have (F4.17): spec.nodeSelector and required node affinity that the labels of a
// Fargate node (F5.1) can't meet, arm64 and windows among them (F3.13), spec.os.name other than
// linux, and a spec.schedulerName that is neither default-scheduler nor fargate-scheduler (F2.12,
// F4.16). EKS claims the pod nevertheless (F2.11). Zones and regions depend on the profile's
// subnets and are not checked (F4.23), nor are preferences.
var NodeSelection = &Rule{
	ID:       "node-selection",
	Default:  policy.Deny,
	Severity: High,
	Title:    "the pod requires a node that Fargate doesn't have",
	What: "A Fargate node must meet spec.nodeSelector and the required node affinity. Its labels are " + placement.ComputeTypeKey + "=fargate, " +
		"kubernetes.io/arch=amd64, kubernetes.io/os=linux, a host name, a zone and a region. Zones, regions and preferences are not checked. spec.os.name " +
		"must be linux or absent, spec.schedulerName default-scheduler, fargate-scheduler or absent.",
	Why: "None of these keeps a pod off Fargate. EKS claims every pod that a profile matches, and then the pod stays Pending with the event " +
		"“MatchNodeSelector failed: Fargate profile X cannot satisfy pod's node selector/affinity requirements”. Fargate has no Arm, Windows or GPU nodes, " +
		"and its scheduler ignores pods of another scheduler.",
	Fix: "remove it; or, if the pod is meant for such a node, add the annotation " + placement.OptOut,
	References: []string{
		GuideConsiderations,
		"https://github.com/kubernetes-sigs/aws-ebs-csi-driver/pull/496",
		"https://github.com/aws/containers-roadmap/issues/1629",
		"AWS re:Post Knowledge Center, “How do I resolve pending Fargate pods”",
	},
	Facts: []string{"F4.17", "F5.1", "F3.13", "F2.11", "F2.12", "F4.16", "F4.23"},
	Check: Check{Pod: nodeSelection},
}

func nodeSelection(p *Pod) []Violation {
	var found []Violation
	if !placement.SchedulesToFargate(p.Spec) {
		found = Keep(found, Violation{
			Field:   "spec.schedulerName",
			Problem: fmt.Sprintf("spec.schedulerName must be %s or %s, not %q", corev1.DefaultSchedulerName, placement.Scheduler, p.Spec.SchedulerName),
		})
	}
	if placement.RunsOnFargateNode(p.Spec) {
		return found
	}
	if placement.RequiresOtherOS(p.Spec) {
		found = Keep(found, Violation{Field: "spec.os.name", Problem: fmt.Sprintf("spec.os.name must be linux, not %q", p.Spec.OS.Name)})
	}
	for _, key := range slices.Sorted(maps.Keys(p.Spec.NodeSelector)) {
		value := p.Spec.NodeSelector[key]
		if !placement.SelectsFargateNode(&corev1.PodSpec{NodeSelector: map[string]string{key: value}}) {
			found = Keep(found, Violation{
				Field:   fmt.Sprintf("spec.nodeSelector[%s]", key),
				Problem: fmt.Sprintf("spec.nodeSelector must match a Fargate node, and none has the label %s=%s", key, value),
			})
		}
	}
	if !placement.SelectsFargateNode(&corev1.PodSpec{Affinity: p.Spec.Affinity}) {
		found = Keep(found, Violation{
			Field:   "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution",
			Problem: "the required node affinity must match a Fargate node, and none meets it: " + placement.Unmet(placement.RequiredNodeSelector(p.Spec).NodeSelectorTerms),
		})
	}
	return found
}
