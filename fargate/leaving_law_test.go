package fargate_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"pgregory.net/rapid"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/kinds"
	"fargate-webhook/policy"
)

// metadataOf returns an object's metadata for changes.
func metadataOf(t interface{ Fatalf(string, ...any) }, object runtime.Object) metav1.Object {
	o, ok := object.(metav1.Object)
	if !ok {
		t.Fatalf("%T has no metadata", object)
	}
	return o
}

// leave marks an object as being deleted, with a finalizer that holds it.
func leave(t interface{ Fatalf(string, ...any) }, object runtime.Object) runtime.Object {
	leaving := object.DeepCopyObject()
	meta := metadataOf(t, leaving)
	meta.SetDeletionTimestamp(&metav1.Time{})
	meta.SetFinalizers([]string{"example.com/held"})
	return leaving
}

// Whatever of its metadata changes, and whatever is wrong with it, an object that is being deleted
// goes.
func TestLawDeletionIsNeverRefused(t *testing.T) {
	all := fixtures.All()
	rapid.Check(t, func(t *rapid.T) {
		f := &all[rapid.IntRange(0, len(all)-1).Draw(t, "fixture")]
		old := leave(t, f.Object)
		object := old.DeepCopyObject()
		meta := metadataOf(t, object)
		if rapid.Bool().Draw(t, "released") {
			meta.SetFinalizers(nil)
		}
		texts := rapid.MapOfN(rapid.SampledFrom([]string{"a", "run", kinds.AddedAnnotation, "eks.amazonaws.com/fargate-profile", "eks.amazonaws.com/compute-type"}), rapid.SampledFrom([]string{"", "b", "on-fargate"}), 0, 3)
		meta.SetLabels(texts.Draw(t, "labels"))
		meta.SetAnnotations(texts.Draw(t, "annotations"))
		p := policy.Default()
		p.Workloads, p.RewriteNodePorts, p.SteerDaemonSets = policy.Deny, rapid.Bool().Draw(t, "rewrite"), rapid.Bool().Draw(t, "steer")
		for _, phase := range []fargate.Phase{fargate.Mutating, fargate.Validating, fargate.WholeAdmission} {
			request := fargate.Request{Operation: fargate.OperationUpdate, Phase: phase, Namespace: fixtures.Namespace, Old: old, Cluster: &fargatetest.Cluster{}}
			if d := fargate.Decide(object, request, fixtureIndex(), &p); len(d.Findings) > 0 || len(d.Patch) > 0 {
				t.Fatalf("%s/%s: %+v, patch %v", f.Rule, f.Name, d.Findings, d.Patch)
			}
		}
	})
}

// empty returns an empty object of the same kind.
func empty(t *testing.T, object runtime.Object) runtime.Object {
	t.Helper()
	apiVersion, kind := object.GetObjectKind().GroupVersionKind().ToAPIVersionAndKind()
	k := kinds.Find(apiVersion, kind)
	if k == nil {
		t.Fatalf("%s %s is not judged", apiVersion, kind)
	}
	return k.New()
}

// An update that changes the spec is judged as it is for an object that stays.
func TestLawChangesWhileLeavingAreJudged(t *testing.T) {
	refused := 0
	for _, f := range fixtures.All() {
		if _, isPod := f.Object.(*corev1.Pod); isPod && f.Old == nil || f.Offline {
			continue // the spec of a pod can't be changed to this, and a review sees no updates
		}
		old := f.Old
		if old == nil {
			old = empty(t, f.Object)
		}
		decide := func(object, old runtime.Object) fargate.Decision {
			p := policy.Default()
			p.Workloads = policy.Deny
			return fargate.Decide(object, fargate.Request{
				Operation: fargate.OperationUpdate, SubResource: f.SubResource, Phase: fargate.Validating, Namespace: fixtures.Namespace, Old: old, Cluster: &fargatetest.Cluster{},
			}, fixtureIndex(), &p)
		}
		stays, leaves := decide(f.Object, old), decide(leave(t, f.Object), leave(t, old))
		if len(stays.Findings) != len(leaves.Findings) {
			t.Errorf("%s/%s: %d findings, being deleted %d", f.Rule, f.Name, len(stays.Findings), len(leaves.Findings))
		}
		refused += len(leaves.Findings)
	}
	if refused < 20 {
		t.Errorf("only %d findings: this test shows nothing", refused)
	}
}
