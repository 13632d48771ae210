package webhook

import (
	"bytes"
	"net/http"
	"testing"

	"go.uber.org/zap"

	"fargate-webhook/policy"
	"fargate-webhook/webhook/audit"
)

// discard is an HTTP answer that nobody reads.
type discard struct{ header http.Header }

func (d discard) Header() http.Header             { return d.header }
func (discard) Write(content []byte) (int, error) { return len(content), nil }
func (discard) WriteHeader(int)                   {}

// An answer about a pod allocates no more than its budget: what the garbage collector has to do is a
// tenth of the time of an answer. Each budget is a tenth above what was measured.
func TestAllocationBudgets(t *testing.T) {
	if withRace {
		t.Skip("the race detector multiplies allocations")
	}
	log, err := audit.Open(audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	own := Handlers(Dependencies{Profiles: testProfiles(t), Policy: policy.Default(), Audit: log, Logger: zap.NewNop()})
	for _, c := range []struct{ containers, mutate, validate float64 }{{1, 175, 120}, {5, 375, 275}, {15, 805, 600}} {
		body := typicalReview(t, typicalPod(int(c.containers)))
		admitted := admittedReview(t, own[mutatePods], body)
		for path, call := range map[string]struct {
			body string
			most float64
		}{mutatePods: {body, c.mutate}, validatePods: {admitted, c.validate}} {
			content := bytes.NewReader([]byte(call.body))
			allocations := testing.AllocsPerRun(100, func() {
				content.Reset([]byte(call.body))
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, path, content)
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Content-Type", "application/json")
				own[path].ServeHTTP(discard{http.Header{}}, r)
			})
			t.Logf("%s, %v containers: %v allocations", path, c.containers, allocations)
			if allocations > call.most {
				t.Errorf("%s, %v containers: %v allocations, the budget is %v", path, c.containers, allocations, call.most)
			}
		}
	}
}
