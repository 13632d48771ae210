package fargate

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/kinds/lbc"
	"fargate-webhook/policy"
)

// drawSets returns ReplicaSets of pods with the label app: web, which may be unsuited to Fargate,
// opt out, have labels of their own, wait for a claim or be released with another label.
func drawSets(t *rapid.T) (sets []*appsv1.ReplicaSet) {
	for i := range rapid.IntRange(1, 4).Draw(t, "sets") {
		set := setOfWeb(templateOfWeb())
		set.Name, set.Namespace = fmt.Sprintf("web-%d", i), fixtures.Namespace
		set.OwnerReferences = nil
		set.Spec.Selector.MatchLabels["set"] = set.Name
		template := &set.Spec.Template
		template.Labels["set"] = set.Name
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(slices.Sorted(maps.Keys(unsuited))), 0, 1, rapid.ID[string]).Draw(t, "unsuited") {
			unsuited[name](&template.Spec)
		}
		switch rapid.SampledFrom([]string{"", "", "opted out", "elsewhere", "labelled"}).Draw(t, "placed") {
		case "opted out":
			template.Annotations = map[string]string{placement.ComputeTypeKey: placement.ComputeTypeEC2}
		case "elsewhere":
			template.Labels[fixtures.Label] = "on-ec2"
		case "labelled":
			template.Labels[fixtures.Label] = fixtures.Value
		}
		switch rapid.SampledFrom([]string{"", "", "claim", "released"}).Draw(t, "template") {
		case "claim":
			withClaim(template)
		case "released":
			set.Spec.Selector.MatchExpressions = runLabel(metav1.LabelSelectorOpDoesNotExist).MatchExpressions
		}
		sets = append(sets, set)
	}
	return sets
}

// A Service is refused or changed only if the pods of some known workload that it selects are
// decided to run on Fargate, and always then.
func TestLawServicesFollowTheirPods(t *testing.T) {
	seen := map[bool]int{}
	rapid.Check(t, func(t *rapid.T) {
		reader := &fargatetest.Cluster{}
		sets := drawSets(t)
		for _, set := range sets {
			reader.Objects = append(reader.Objects, set)
		}
		var joining metav1.Object
		switch rapid.IntRange(0, 6).Draw(t, "joining") {
		case 0:
			joining = fargatetest.Service("other", map[string]string{fixtures.Label: fixtures.Value})
		case 1:
			joining = fargatetest.ReplicaSet("other", fargatetest.MatchLabels(fixtures.Label, fixtures.Value))
		}
		if joining != nil {
			joining.SetNamespace(fixtures.Namespace)
			reader.Objects = append(reader.Objects, joining)
		}
		p := policyWith()
		if rapid.Bool().Draw(t, "joins allowed") {
			joinsAllowed(p)
		}
		onFargate := slices.ContainsFunc(sets, func(set *appsv1.ReplicaSet) bool {
			return Decide(set, withReader(requestIn(WholeAdmission, nil), reader), fixtureIndex(), p).Placement.Fargate
		})
		if rapid.Bool().Draw(t, "cached") {
			reader = inCaches(reader)
		}
		seen[onFargate]++
		kind := rapid.SampledFrom([]corev1.ServiceType{corev1.ServiceTypeNodePort, corev1.ServiceTypeLoadBalancer}).Draw(t, "type")
		service := webService(kind, bySelector("app", "web"))
		stated := kind == corev1.ServiceTypeLoadBalancer && rapid.Bool().Draw(t, "stated")
		if stated {
			annotated(lbc.ServiceTargetTypeAnnotation, lbc.TargetTypeInstance)(service)
		}
		d := Decide(service, withReader(requestIn(WholeAdmission, nil), reader), fixtureIndex(), p)
		refused := slices.ContainsFunc(places(&d), func(p string) bool { return p[:4] == string(policy.Deny) })
		if wants := onFargate && (kind == corev1.ServiceTypeNodePort || stated); refused != wants {
			t.Errorf("refused: %v, want %v: %q", refused, wants, messages(&d))
		}
		if wants := onFargate && kind == corev1.ServiceTypeLoadBalancer && !stated; len(d.Patch) > 0 != wants {
			t.Errorf("changed: %v, want %v", len(d.Patch) > 0, wants)
		}
		if d.Placement.Fargate != onFargate {
			t.Errorf("placement %+v, want %v", d.Placement, onFargate)
		}
	})
	if seen[true] == 0 || seen[false] == 0 {
		t.Errorf("pods on Fargate: %v", seen)
	}
}
