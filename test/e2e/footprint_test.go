//go:build linux

package e2e

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"fargate-webhook/profiles/eks/ekstest"
	"fargate-webhook/test/cluster/install"
	"fargate-webhook/test/rate"
)

// memory is what a process has resident, in MiB: in all, of its own, and of the program's file, whose
// pages the kernel can drop and read again.
type memory struct{ all, anonymous, file float64 }

func (m memory) String() string {
	return fmt.Sprintf("%.1f MiB resident (%.1f anonymous, %.1f of files)", m.all, m.anonymous, m.file)
}

func memoryOf(t *testing.T, webhook *install.Webhook) memory {
	t.Helper()
	return memory{all: mib(t, webhook.Resident), anonymous: mib(t, webhook.Anonymous), file: mib(t, webhook.OfFiles)}
}

// TestFootprint measures how long the webhook takes from its start until it is ready, with a
// stand-in for the EKS API, and how much memory it has while idle and at 500 requests a second. In
// `make soak` it has limits; elsewhere other tests run at the same time.
func TestFootprint(t *testing.T) {
	const perSecond = 500
	idle, busy := 2*time.Second, 4*time.Second
	if soaking() {
		idle, busy = time.Minute, 30*time.Second
	}
	c := ownCluster(t)
	server := ekstest.NewServer(ownProfiles("own", "a"), ekstest.Options{Cluster: "e2e"})
	t.Cleanup(server.Close)
	args := []string{"--cluster-name=e2e", "--shutdown-delay=0s"}
	// The first run registers the webhook and makes the Secret.
	withOwnWebhook(t, args, append(environment(server), "GOMEMLIMIT=224MiB"))
	began := time.Now()
	_, webhook := withOwnWebhook(t, args, append(environment(server), "GOMEMLIMIT=224MiB"))
	ready := webhook.ReadyAfter
	t.Logf("from its start to ready: %s; to the first judgement through the API server, with the stop of the one before: %s", ready, time.Since(began))
	time.Sleep(idle)
	atRest := memoryOf(t, webhook)
	t.Logf("idle: %s", atRest)
	took, failed := sendReviews(t, webhook, registeredClient(t.Context(), t, c).CABundle, "/"+registeredPath(t.Context(), t, c), perSecond, busy)
	atWork := memoryOf(t, webhook)
	slices.Sort(took)
	t.Logf("%d requests in %s (%.0f/s), %d failed, p50 %s, p99 %s: %s", len(took), busy, float64(len(took))/busy.Seconds(), len(failed), took[len(took)/2], took[len(took)*99/100], atWork)
	if len(failed) > 0 {
		t.Errorf("%d failed, the first with: %v", len(failed), failed[0])
	}
	if !soaking() {
		return
	}
	if ready > 300*time.Millisecond {
		t.Errorf("ready after %s, want at most 300ms", ready)
	}
	if atRest.all > 40 || atWork.all > 48 {
		t.Errorf("%s idle and %s at work, want at most 40 and 48", atRest, atWork)
	}
}

// sendReviews sends reviews of pods at a rate, for a while.
func sendReviews(t *testing.T, webhook *install.Webhook, bundle []byte, path string, perSecond int, duration time.Duration) (took []time.Duration, failed []error) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), duration)
	defer stop()
	return rate.SendReviews(ctx, perSecond, webhook.URL+path+"/mutate/pods", bundle, []byte(podReview))
}

// podReview is the review of a pod that the webhook changes.
const podReview = `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u1","kind":{"group":"","version":"v1","kind":"Pod"},` +
	`"resource":{"group":"","version":"v1","resource":"pods"},"name":"web","namespace":"apps","operation":"CREATE","userInfo":{"username":"kim"},` +
	`"object":{"metadata":{"name":"web"},"spec":{"containers":[{"name":"web","image":"web","resources":{"requests":{"cpu":"100m","memory":"128Mi"}}}]}}}}`
