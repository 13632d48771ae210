package webhook

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	admissionv1 "k8s.io/api/admission/v1"

	"fargate-webhook/profiles"
)

// While the index is replaced, each request is answered by the old one or by the new one.
func TestRequestsWhileProfilesChange(t *testing.T) {
	empty, full := profiles.NewIndex(nil), testProfiles(t).Index()
	current := &atomic.Pointer[profiles.Index]{}
	current.Store(full)
	b := newBench(t, known{index: current.Load})
	body := reviewOf(t, `"generateName":"web-"`, `"labels":{"run":"on-fargate","eks.amazonaws.com/fargate-profile":"apps-fargate-profile"}`)
	done := make(chan struct{})
	var swapping, asking sync.WaitGroup
	swapping.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
				current.Store([]*profiles.Index{empty, full}[i%2])
			}
		}
	})
	var allowed, refused atomic.Int64
	for range 8 {
		asking.Go(func() {
			for range 100 {
				count(t, answerOf(t, b.post(t, validatePods, body)), &allowed, &refused)
				if got := answerOf(t, b.post(t, mutatePods, body)); !got.Allowed {
					t.Errorf("have %+v", got)
				}
			}
		})
	}
	asking.Wait()
	close(done)
	swapping.Wait()
	if lines := int64(strings.Count(b.audit.String(), "\n")); lines != refused.Load() || allowed.Load()+refused.Load() != 800 {
		t.Errorf("%d audit lines for %d refused and %d allowed", lines, refused.Load(), allowed.Load())
	}
}

// count counts the answers by index: only the empty one lacks the pinned profile.
func count(t *testing.T, got *admissionv1.AdmissionResponse, allowed, refused *atomic.Int64) {
	t.Helper()
	if got.Allowed {
		allowed.Add(1)
		return
	}
	refused.Add(1)
	if !strings.Contains(got.Result.Message, `must name a profile that can take the pod, not "apps-fargate-profile"`) {
		t.Errorf("have %+v", got.Result)
	}
}
