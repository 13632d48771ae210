package webhook

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/zap"

	"fargate-webhook/kinds"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
	"fargate-webhook/webhook/audit"
)

// A pod that a replica left alone, because it doesn't know a new profile yet, isn't refused by one
// that has known it for a moment. One that has always known it refuses the pod.
func TestReplicasWithDifferentProfiles(t *testing.T) {
	now := testProfiles(t)
	none := profiles.NewIndex(nil)
	body := reviewOf(t)
	behind := newBench(t, known{index: func() *profiles.Index { return none }})
	if answer := answerOf(t, behind.post(t, mutatePods, body)); !answer.Allowed || len(answer.Patch) > 0 {
		t.Fatalf("a replica without profiles: %+v", answer)
	}
	if answer := answerOf(t, newBench(t, now).post(t, validatePods, body)); answer.Allowed || !strings.Contains(answer.Result.Message, "labels-missing") {
		t.Errorf("a replica that has always known the profile: %+v", answer)
	}
	now.earlier = []*profiles.Index{none}
	answer := answerOf(t, newBench(t, now).post(t, validatePods, body))
	if !answer.Allowed || len(answer.Warnings) != 1 || !strings.Contains(answer.Warnings[0], "labels-missing") {
		t.Errorf("a replica that has known the profile for a moment: %+v", answer)
	}
}

// A replica that doesn't know yet what selects pods answers no review, instead of leaving pods
// without labels that the next replica misses.
func TestUnsyncedCachesAnswerNothing(t *testing.T) {
	log, err := audit.Open(audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	unready := errors.New("services not synced yet")
	b := &bench{handlers: Handlers(Dependencies{
		Profiles: testProfiles(t), Policy: policy.Default(), Audit: log, Logger: zap.NewNop(), LookupsReady: func() error { return unready },
	})}
	own := ownKinds(t)
	for path := range b.handlers {
		response := b.post(t, path, reviewOf(t, kindJSON(kinds.Pods, "v1"), own[path]))
		if response.Code != http.StatusServiceUnavailable || !strings.Contains(response.Body.String(), unready.Error()) {
			t.Errorf("%s: %d %s", path, response.Code, response.Body)
		}
	}
	unready = nil
	if response := b.post(t, mutatePods, reviewOf(t)); response.Code != http.StatusOK {
		t.Errorf("once synced: %d %s", response.Code, response.Body)
	}
}
