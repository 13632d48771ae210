package fargate

import (
	"testing"

	"fargate-webhook/fargate/fixtures"
)

// A decision that nobody waits for stops before the next rule.
func TestDecideStops(t *testing.T) {
	pod := fixtures.Pod()
	pod.Spec.HostNetwork = true
	request := requestIn(Validating, nil)
	done := make(chan struct{})
	request.Done = done
	if d := Decide(pod, request, fixtureIndex(), policyWith()); d.Stopped || len(d.Findings) == 0 {
		t.Errorf("while somebody waits: stopped %v, %q", d.Stopped, messages(&d))
	}
	close(done)
	if d := Decide(pod, request, fixtureIndex(), policyWith()); !d.Stopped || len(d.Findings) > 0 {
		t.Errorf("afterwards: stopped %v, %q", d.Stopped, messages(&d))
	}
}
