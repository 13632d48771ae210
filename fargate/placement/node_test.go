package placement

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/fargatetest"
)

// F4.17 against the labels of F5.1. Zones and regions are not checked (F4.23).
func TestRunsOnFargateNode(t *testing.T) {
	both := fargatetest.Requires(corev1.LabelTopologyZone, corev1.NodeSelectorOpIn, "a")
	terms := &both.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms
	*terms = append(*terms, corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "gpu", Operator: corev1.NodeSelectorOpExists}}})
	zoneAndGPU := fargatetest.Requires(corev1.LabelTopologyZone, corev1.NodeSelectorOpIn, "a")
	expressions := &zoneAndGPU.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms[0].MatchExpressions
	*expressions = append(*expressions, corev1.NodeSelectorRequirement{Key: "gpu", Operator: corev1.NodeSelectorOpExists})
	byName := fargatetest.Requires("x", corev1.NodeSelectorOpExists)
	byName.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms = []corev1.NodeSelectorTerm{{
		MatchFields: []corev1.NodeSelectorRequirement{{Key: "metadata.name", Operator: corev1.NodeSelectorOpIn, Values: []string{"ip-10-0-0-1"}}},
	}}
	for name, c := range map[string]struct {
		spec corev1.PodSpec
		want bool
	}{
		"no requirement":         {corev1.PodSpec{}, true},
		"linux amd64":            {corev1.PodSpec{NodeSelector: map[string]string{corev1.LabelOSStable: "linux", corev1.LabelArchStable: "amd64"}}, true},
		"windows":                {corev1.PodSpec{NodeSelector: map[string]string{corev1.LabelOSStable: "windows"}}, false},
		"arm64":                  {corev1.PodSpec{Affinity: fargatetest.Requires(corev1.LabelArchStable, corev1.NodeSelectorOpIn, "arm64")}, false},
		"arm64 or amd64":         {corev1.PodSpec{Affinity: fargatetest.Requires(corev1.LabelArchStable, corev1.NodeSelectorOpIn, "arm64", "amd64")}, true},
		"a zone":                 {corev1.PodSpec{NodeSelector: map[string]string{corev1.LabelTopologyZone: "eu-west-1a"}}, true},
		"a zone by affinity":     {corev1.PodSpec{Affinity: fargatetest.Requires(corev1.LabelTopologyZone, corev1.NodeSelectorOpIn, "eu-west-1a")}, true},
		"not in a zone":          {corev1.PodSpec{Affinity: fargatetest.Requires(corev1.LabelTopologyZone, corev1.NodeSelectorOpNotIn, "eu-west-1a")}, true},
		"no zone at all":         {corev1.PodSpec{Affinity: fargatetest.Requires(corev1.LabelTopologyZone, corev1.NodeSelectorOpDoesNotExist)}, false},
		"a zone or a GPU":        {corev1.PodSpec{Affinity: both}, true},
		"a zone and a GPU":       {corev1.PodSpec{Affinity: zoneAndGPU}, false},
		"an instance type":       {corev1.PodSpec{NodeSelector: map[string]string{corev1.LabelInstanceTypeStable: "m5.large"}}, false},
		"a node by name":         {corev1.PodSpec{Affinity: byName}, false},
		"excludes Fargate":       {corev1.PodSpec{Affinity: fargatetest.Requires(ComputeTypeKey, corev1.NodeSelectorOpNotIn, "fargate", "hybrid")}, false},
		"excludes hybrid":        {corev1.PodSpec{Affinity: fargatetest.Requires(ComputeTypeKey, corev1.NodeSelectorOpNotIn, "hybrid")}, true},
		"only Fargate":           {corev1.PodSpec{NodeSelector: map[string]string{ComputeTypeKey: "fargate"}}, true},
		"affinity without terms": {corev1.PodSpec{Affinity: &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{}}}}, false},
		"invalid affinity":       {corev1.PodSpec{Affinity: fargatetest.Requires("x", "Around", "1")}, false},
		"empty term": {corev1.PodSpec{Affinity: &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{
			RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{}}},
		}}}, false},
	} {
		if got := RunsOnFargateNode(&c.spec); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

// A long term is met where the scheduler's own code says so, wherever in it the requirement is that
// decides.
func TestLawLongTermAgreesWithScheduler(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		requirements := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) corev1.NodeSelectorRequirement {
			return rapid.SampledFrom([]corev1.NodeSelectorRequirement{
				{Key: "gpu", Operator: corev1.NodeSelectorOpDoesNotExist}, {Key: "gpu", Operator: corev1.NodeSelectorOpDoesNotExist},
				{Key: corev1.LabelOSStable, Operator: corev1.NodeSelectorOpIn, Values: []string{"linux"}},
				{Key: corev1.LabelOSStable, Operator: corev1.NodeSelectorOpNotIn, Values: []string{"windows"}},
			}).Draw(t, "met")
		}), 0, 100).Draw(t, "requirements")
		if rapid.Bool().Draw(t, "unmet") && len(requirements) > 0 {
			requirements[rapid.IntRange(0, len(requirements)-1).Draw(t, "at")] = rapid.SampledFrom([]corev1.NodeSelectorRequirement{
				{Key: "gpu", Operator: corev1.NodeSelectorOpExists}, {Key: "x", Operator: "Around"}, {Key: "", Operator: corev1.NodeSelectorOpExists},
			}).Draw(t, "requirement")
		}
		affinity := fargatetest.Requires("x", corev1.NodeSelectorOpExists)
		affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms[0].MatchExpressions = requirements
		met, err := nodeaffinity.NewRequiredNodeAffinity(nil, affinity).Match(fargateNode)
		if got := SelectsFargateNode(&corev1.PodSpec{Affinity: affinity}); got != (err == nil && met) {
			t.Fatalf("%v: got %v, the scheduler says %v, %v", requirements, got, met, err)
		}
	})
}
