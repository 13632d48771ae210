package sizing

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/fargatetest"
)

// The patch, applied to the raw JSON, sets exactly the values that were handed out, and changes
// nothing but resources and the record; unknown fields stay (L7).
func TestLawPatchChangesResourcesOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod, _ := drawFittable(t)
		terms := drawTerms(t)
		raw := fargatetest.WithUnknownFields(t, pod)
		_, plan := admitted(t, pod, terms)
		var patched map[string]any
		fargatetest.Decode(t, fargatetest.PatchedJSON(t, fargatetest.JSON(t, raw), plan.Patch), &patched)
		a, ok := terms.allot(&pod.Spec)
		if !ok {
			t.Fatal("no size holds the pod")
		}
		for list, key := range [2]string{"initContainers", "containers"} {
			for i, c := range fargatetest.Containers(patched, key) {
				var r corev1.ResourceRequirements
				fargatetest.Decode(t, fargatetest.JSON(t, c["resources"]), &r)
				for at, want := range a.of(list, i) {
					if got := statedOf(&r, sized[at]); got != want {
						t.Errorf("%s[%d] %s: the patch sets %v, want %v", key, i, sized[at], got, want)
					}
				}
				c["resources"] = fargatetest.Containers(raw, key)[i]["resources"]
			}
		}
		if metadata, ok := patched["metadata"].(map[string]any); ok {
			delete(metadata, "annotations")
		}
		if diff := cmp.Diff(raw, patched); diff != "" {
			t.Errorf("L7: besides resources and the record, the patch changes\n%s", diff)
		}
	})
}
