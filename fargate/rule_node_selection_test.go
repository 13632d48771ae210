package fargate

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestNodeSelection(t *testing.T) {
	const required = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution: no Fargate node meets the required node affinity: "
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
	for name, c := range map[string]struct {
		change func(*corev1.Pod)
		want   []string
	}{
		"node selector": {func(p *corev1.Pod) {
			p.Spec.NodeSelector = map[string]string{"disk": "ssd", corev1.LabelArchStable: "arm64", corev1.LabelOSStable: "linux"}
		}, []string{
			"spec.nodeSelector[disk]: no Fargate node has the label disk=ssd",
			"spec.nodeSelector[kubernetes.io/arch]: no Fargate node has the label kubernetes.io/arch=arm64",
		}},
		"windows and another scheduler": {func(p *corev1.Pod) {
			p.Spec.OS, p.Spec.SchedulerName = &corev1.PodOS{Name: corev1.Windows}, "volcano"
		}, []string{
			`spec.schedulerName: scheduler "volcano" is asked for, and only fargate-scheduler places pods on Fargate`,
			`spec.os.name: os "windows" is asked for, and Fargate nodes run linux`,
		}},
		"affinity":             {terms(term(zone, arm)), []string{required + "kubernetes.io/arch In [arm64, riscv]"}},
		"affinity, two terms":  {terms(term(gpu), term(arm)), []string{required + "gpu Exists; kubernetes.io/arch In [arm64, riscv]"}},
		"affinity, many terms": {terms(term(gpu), term(gpu), term(gpu), term(gpu), term(arm)), []string{required + "gpu Exists; gpu Exists; gpu Exists; and 2 more terms"}},
		"a node's name": {terms(corev1.NodeSelectorTerm{MatchFields: []requirement{{Key: "metadata.name", Operator: corev1.NodeSelectorOpIn, Values: []string{"n"}}}}),
			[]string{required + "metadata.name In [n]"}},
		"an empty term": {terms(corev1.NodeSelectorTerm{}), []string{required + "a term without requirements"}},
		"no terms":      {terms(), []string{required + "it has no terms"}},
		"both": {func(p *corev1.Pod) {
			terms(term(arm))(p)
			p.Spec.NodeSelector = map[string]string{"disk": "ssd"}
		}, []string{"spec.nodeSelector[disk]: no Fargate node has the label disk=ssd", required + "kubernetes.io/arch In [arm64, riscv]"}},
	} {
		t.Run(name, func(t *testing.T) { checkTold(t, RuleNodeSelection, c.change, c.want...) })
	}
}
