package webhook

import (
	"testing"

	"go.uber.org/zap"

	"fargate-webhook/policy"
	"fargate-webhook/webhook/audit"
)

// The API server decodes, applies and stores each byte of a patch: that of a pod with one container,
// which gets a label, requests and limits, has less than 400.
func TestPatchIsSmall(t *testing.T) {
	log, err := audit.Open(audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	own := Handlers(Dependencies{Profiles: testProfiles(t), Policy: policy.Default(), Audit: log, Logger: zap.NewNop()})
	pod := typicalPod(1)
	pod.Spec.Containers[0].Name = "web"
	response := answerOf(t, postTo(t, own[mutatePods], mutatePods, typicalReview(t, pod)))
	if len(response.Patch) == 0 || len(response.Patch) >= 400 {
		t.Errorf("%d bytes: %s", len(response.Patch), response.Patch)
	}
}
