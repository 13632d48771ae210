package webhook

import (
	"encoding/json"
	"testing"

	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"
)

// An answer is written as encoding/json writes it.
func TestLawAppendReview(t *testing.T) {
	some := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "u1", "<&>", "\x00"}))
	rapid.Check(t, func(t *rapid.T) {
		r := &admissionv1.AdmissionResponse{
			UID: types.UID(some.Draw(t, "uid")), Allowed: rapid.Bool().Draw(t, "allowed"), Patch: []byte(some.Draw(t, "patch")),
			AuditAnnotations: rapid.MapOfN(some, some, 0, 5).Draw(t, "annotations"), Warnings: rapid.SliceOfN(some, 0, 3).Draw(t, "warnings"),
		}
		if rapid.Bool().Draw(t, "patched") {
			patchType := admissionv1.PatchTypeJSONPatch
			r.PatchType = &patchType
		}
		if rapid.Bool().Draw(t, "refused") {
			r.Result = &metav1.Status{Status: metav1.StatusFailure, Message: some.Draw(t, "message"), Details: &metav1.StatusDetails{Causes: []metav1.StatusCause{{Field: some.Draw(t, "field")}}}}
		}
		want, err := json.Marshal(admissionv1.AdmissionReview{
			TypeMeta: metav1.TypeMeta{APIVersion: admissionv1.SchemeGroupVersion.String(), Kind: "AdmissionReview"}, Response: r,
		})
		if err != nil {
			t.Fatal(err)
		}
		if have, err := appendReview([]byte("x"), r); err != nil || string(have) != "x"+string(want) {
			t.Fatalf("have %s, %v\nwant %s", have, err, want)
		}
	})
}
