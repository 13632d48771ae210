package fargate

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/kinds/lbc"
	"fargate-webhook/policy"
)

// withClaim adds a volume of claim "data" to a template.
func withClaim(t *corev1.PodTemplateSpec) {
	t.Spec.Volumes = append(t.Spec.Volumes, corev1.Volume{Name: "data", VolumeSource: corev1.VolumeSource{
		PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data"},
	}})
}

// inCaches returns a cluster as caches have it.
func inCaches(reader *fargatetest.Cluster) *fargatetest.Cluster {
	out := *reader
	out.Objects = fargatetest.Cached(reader.Objects)
	return &out
}

// Pods of a ReplicaSet of a cache are those of a template too: what leads traffic to them is refused
// or changed by its selector, and not as if they were pods without a controller.
func TestTrafficOfCachedReplicaSets(t *testing.T) {
	releasing := setOfWeb(templateOfWeb())
	releasing.Spec.Selector.MatchExpressions = runLabel(metav1.LabelSelectorOpDoesNotExist).MatchExpressions
	for name, c := range map[string]struct {
		known  *fargatetest.Cluster
		policy *policy.Policy
		want   bool
	}{
		"its claim doesn't exist yet": {inFixtures(setOfWeb(templateOfWeb(withClaim))), policyWith(rewriting), true},
		"another one selects the label that is added": {
			inFixtures(setOfWeb(templateOfWeb()), fargatetest.ReplicaSet("batch", fargatetest.MatchLabels(fixtures.Label, fixtures.Value))),
			policyWith(rewriting, joinsAllowed), true,
		},
		"it doesn't select the label that is added": {inFixtures(releasing), policyWith(rewriting, joinsAllowed), false},
	} {
		t.Run(name, func(t *testing.T) {
			for form, reader := range map[string]*fargatetest.Cluster{"manifests": c.known, "caches": inCaches(c.known)} {
				for _, kind := range []corev1.ServiceType{corev1.ServiceTypeNodePort, corev1.ServiceTypeLoadBalancer} {
					service := webService(kind, bySelector("app", "web"))
					d := Decide(service, withReader(requestIn(Mutating, nil), reader), fixtureIndex(), c.policy)
					if d.Placement.Fargate != c.want || len(d.Patch) > 0 != c.want {
						t.Errorf("%s of %s: placement %+v, patch %s", kind, form, d.Placement, patchText(t, d.Patch))
					}
				}
				for field, stated := range map[string]runtime.Object{
					"spec.type": webService(corev1.ServiceTypeNodePort, bySelector("app", "web")),
					"metadata.annotations": webService(corev1.ServiceTypeLoadBalancer, bySelector("app", "web"),
						annotated(lbc.ServiceTargetTypeAnnotation, lbc.TargetTypeInstance)),
				} {
					d := Decide(stated, withReader(requestIn(Validating, nil), reader), fixtureIndex(), c.policy)
					refused := slices.ContainsFunc(places(&d), func(p string) bool { return strings.HasPrefix(p, string(policy.Deny)) && strings.Contains(p, field) })
					if refused != c.want || len(d.Findings) != 1 {
						t.Errorf("by %s of %s: %q, want refused: %v", field, form, messages(&d), c.want)
					}
				}
			}
		})
	}
}
