package rules

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestNodeSelection(t *testing.T) {
	required := func(unmet string) Finding {
		return finds("the required node affinity must match a Fargate node, and none meets it: "+unmet,
			"spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution")
	}
	selector := func(key, value string) Finding {
		return finds("spec.nodeSelector must match a Fargate node, and none has the label "+key+"="+value, "spec.nodeSelector["+key+"]")
	}
	terms := func(terms ...corev1.NodeSelectorTerm) func(*corev1.Pod) {
		return func(p *corev1.Pod) {
			p.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{
				RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: terms},
			}}
		}
	}
	term := func(requirements ...corev1.NodeSelectorRequirement) corev1.NodeSelectorTerm {
		return corev1.NodeSelectorTerm{MatchExpressions: requirements}
	}
	type requirement = corev1.NodeSelectorRequirement
	arm := requirement{Key: corev1.LabelArchStable, Operator: corev1.NodeSelectorOpIn, Values: []string{"arm64", "riscv"}}
	zone := requirement{Key: corev1.LabelTopologyZone, Operator: corev1.NodeSelectorOpIn, Values: []string{"eu-west-1a"}}
	gpu := requirement{Key: "gpu", Operator: corev1.NodeSelectorOpExists}
	node := requirement{Key: "metadata.name", Operator: corev1.NodeSelectorOpIn, Values: []string{"n"}}
	for name, c := range map[string]struct {
		change func(*corev1.Pod)
		want   []Finding
	}{
		"node selector": {func(p *corev1.Pod) {
			p.Spec.NodeSelector = map[string]string{"disk": "ssd", corev1.LabelArchStable: "arm64", corev1.LabelOSStable: "linux"}
		}, []Finding{selector("disk", "ssd"), selector("kubernetes.io/arch", "arm64")}},
		"windows and another scheduler": {func(p *corev1.Pod) {
			p.Spec.OS, p.Spec.SchedulerName = &corev1.PodOS{Name: corev1.Windows}, "volcano"
		}, []Finding{
			finds(`spec.schedulerName must be default-scheduler or fargate-scheduler, not "volcano"`, "spec.schedulerName"),
			finds(`spec.os.name must be linux, not "windows"`, "spec.os.name"),
		}},
		"affinity":             {terms(term(zone, arm)), []Finding{required("kubernetes.io/arch In [arm64, riscv]")}},
		"affinity, two terms":  {terms(term(gpu), term(arm)), []Finding{required("gpu Exists; kubernetes.io/arch In [arm64, riscv]")}},
		"affinity, many terms": {terms(term(gpu), term(gpu), term(gpu), term(gpu), term(arm)), []Finding{required("gpu Exists; gpu Exists; gpu Exists; and 2 more terms")}},
		"a node's name":        {terms(corev1.NodeSelectorTerm{MatchFields: []requirement{node}}), []Finding{required("metadata.name In [n]")}},
		"an empty term":        {terms(corev1.NodeSelectorTerm{}), []Finding{required("a term without requirements")}},
		"no terms":             {terms(), []Finding{required("it has no terms")}},
		"both": {func(p *corev1.Pod) {
			terms(term(arm))(p)
			p.Spec.NodeSelector = map[string]string{"disk": "ssd"}
		}, []Finding{selector("disk", "ssd"), required("kubernetes.io/arch In [arm64, riscv]")}},
	} {
		t.Run(name, func(t *testing.T) { checkChange(t, NodeSelection, c.change, c.want...) })
	}
}
