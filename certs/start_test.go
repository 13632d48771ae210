package certs

import (
	"context"
	"testing"
	"testing/synctest"

	"fargate-webhook/internal/kube/kubetest"
)

// A replica has its certificate as soon as the API server has answered, at the first start and
// later: nothing of it waits for time to pass.
func TestSecretSourceStartsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := kubetest.NewClient()
		for _, start := range []string{"first start, which makes the Secret", "restart"} {
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			source := NewSecretSource(client, testNamespace, testSecret, []string{testDNSName}, testOwners, Rotation{})
			go func() { ended <- source.Start(ctx) }()
			synctest.Wait() // time stands still
			if err := source.Ready(); err != nil {
				t.Errorf("%s: %v", start, err)
			}
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	})
}
