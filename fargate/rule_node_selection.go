package fargate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// RuleNodeSelection is about a pod that a profile selects as it stands, but
// that asks for a node Fargate has not (F4.17): spec.nodeSelector and required
// node affinity that the labels of a Fargate node (F5.1) can't meet, arm64 and
// windows among them (F3.13), spec.os.name other than linux, and a
// spec.schedulerName that is neither default-scheduler nor fargate-scheduler
// (F2.12, F4.16). EKS claims the pod all the same (F2.11). Zones and regions
// are the profile's subnets' to give and are not looked at (F4.23); preferences
// bind nobody.
const RuleNodeSelection RuleID = "node-selection"

func ruleNodeSelection() Rule {
	return Rule{
		ID:      RuleNodeSelection,
		Default: ActionDeny,
		Title:   "the pod asks for a node that Fargate doesn't have",
		What: "spec.nodeSelector and the required node affinity must be such as a Fargate node meets: its labels are " + computeTypeKey +
			"=fargate, kubernetes.io/arch=amd64, kubernetes.io/os=linux, a host name, a zone and a region. Zones, regions and preferences are not " +
			"looked at. spec.os.name must be linux or absent, spec.schedulerName default-scheduler, fargate-scheduler or absent.",
		Why: "Neither keeps a pod off Fargate: EKS claims what a profile selects, and then it stays Pending with the event “MatchNodeSelector " +
			"failed: Fargate profile X cannot satisfy pod's node selector/affinity requirements”. Fargate has no Arm, Windows or GPU nodes, " +
			"and its scheduler doesn't see pods of another.",
		Sources: []string{
			guideConsiderations,
			"https://github.com/kubernetes-sigs/aws-ebs-csi-driver/pull/496",
			"https://github.com/aws/containers-roadmap/issues/1629",
			"AWS re:Post Knowledge Center, “How do I resolve pending Fargate pods”",
		},
		Remedy: "remove it; or, if the pod is meant for such a node, annotate it with " + computeTypeKey + ": " + computeTypeEC2,
		pod:    nodeSelection,
	}
}

func nodeSelection(s *subject) []Finding {
	var found []Finding
	switch s.spec.SchedulerName {
	case "", corev1.DefaultSchedulerName, fargateScheduler:
	default:
		found = append(found, Finding{
			Field:   "spec.schedulerName",
			Message: fmt.Sprintf("scheduler %q is asked for, and only %s places pods on Fargate", s.spec.SchedulerName, fargateScheduler),
		})
	}
	if fargateNodeMeets(s.spec) {
		return found
	}
	if asksForOtherOS(s.spec) {
		found = append(found, Finding{Field: "spec.os.name", Message: fmt.Sprintf("os %q is asked for, and Fargate nodes run linux", s.spec.OS.Name)})
	}
	for _, key := range slices.Sorted(maps.Keys(s.spec.NodeSelector)) {
		value := s.spec.NodeSelector[key]
		if !fargateNodeMeets(&corev1.PodSpec{NodeSelector: map[string]string{key: value}}) {
			found = append(found, Finding{
				Field:   fmt.Sprintf("spec.nodeSelector[%s]", key),
				Message: fmt.Sprintf("no Fargate node has the label %s=%s", key, value),
			})
		}
	}
	if !fargateNodeMeets(&corev1.PodSpec{Affinity: s.spec.Affinity}) {
		found = append(found, Finding{
			Field:   "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution",
			Message: "no Fargate node meets the required node affinity: " + unmet(requiredNodeSelector(s.spec).NodeSelectorTerms),
		})
	}
	return found
}

// unmet names the first requirement of each term that a Fargate node doesn't
// meet, for the first few terms.
func unmet(terms []corev1.NodeSelectorTerm) string {
	const most = 3
	var texts []string
	for i, term := range terms {
		if i == most {
			texts = append(texts, fmt.Sprintf("and %d more terms", len(terms)-most))
			break
		}
		texts = append(texts, unmetIn(term))
	}
	if len(texts) == 0 {
		return "it has no terms"
	}
	return strings.Join(texts, "; ")
}

func unmetIn(term corev1.NodeSelectorTerm) string {
	for _, r := range term.MatchExpressions {
		if !termMet(corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{r}}) {
			return requirement(r)
		}
	}
	for _, r := range term.MatchFields {
		if !termMet(corev1.NodeSelectorTerm{MatchFields: []corev1.NodeSelectorRequirement{r}}) {
			return requirement(r)
		}
	}
	return "a term without requirements"
}

func termMet(term corev1.NodeSelectorTerm) bool {
	return fargateNodeMeets(&corev1.PodSpec{Affinity: &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{
		RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{term}},
	}}})
}

// requirement is one as people write it: `kubernetes.io/arch In [arm64]`.
func requirement(r corev1.NodeSelectorRequirement) string {
	if len(r.Values) == 0 {
		return fmt.Sprintf("%s %s", r.Key, r.Operator)
	}
	return fmt.Sprintf("%s %s [%s]", r.Key, r.Operator, strings.Join(r.Values, ", "))
}
