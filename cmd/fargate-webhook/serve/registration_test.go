package serve

import (
	"testing"

	"go.uber.org/zap"

	"fargate-webhook/policy"
)

// Static registration is set up without a client, so it can't make a request that needs a
// permission.
func TestStaticRegistrationNeedsNoClient(t *testing.T) {
	policy := policy.Default()
	if run, err := newRegistration(&flags{static: true}, nil, &dependencies{}, nil, &policy, zap.NewNop()); run == nil || err != nil {
		t.Errorf("have %v", err)
	}
}
