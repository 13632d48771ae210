package e2e

import (
	"testing"
	"time"

	"fargate-webhook/test/cluster/install"
)

// replaceAll does what a rolling update of a Deployment of two does: each replica gets a successor,
// and ends once that is ready.
func (r *replicas) replaceAll(t *testing.T) {
	t.Helper()
	for _, old := range append([]*install.Webhook(nil), r.running...) {
		r.start(t)
		began := time.Now()
		r.remove(t, old, old.Terminate)
		awaitExit(t, old, began)
	}
}

// TestRollingRestart: while both replicas are replaced, no create fails, with failurePolicy Fail.
func TestRollingRestart(t *testing.T) {
	rounds, creates, workers, pause := 1, int64(300), 4, 5*time.Millisecond
	if soaking() {
		rounds, creates, workers, pause = 4, 10_000, 8, 0
	}
	r := startReplicas(t, "--shutdown-delay=3s")
	load := startCalls(t, r.cluster, workers, pause)
	for range rounds {
		r.replaceAll(t)
	}
	for load.count.Load() < creates && len(load.failed()) == 0 {
		r.replaceAll(t)
	}
	t.Logf("%d replicas were replaced", r.started-2)
	load.end(t, creates)
}

// TestKilledReplica: SIGKILL of one of two replicas, of the leader too, loses the requests that were
// in flight there, and those sent on its connections before the API server knows that they are
// dead. The next create is admitted within a second.
func TestKilledReplica(t *testing.T) {
	const workers = 4
	kills, creates := 2, int64(200)
	if soaking() {
		kills, creates = 8, 2_000
	}
	r := startReplicas(t, "--shutdown-delay=1s")
	load := startCalls(t, r.cluster, workers, 5*time.Millisecond)
	lost := 0
	for i := range kills {
		load.await(t, load.count.Load()+creates/int64(kills))
		before, victim := len(load.failed()), r.running[0] // the older one: the leader at first
		killed := time.Now()
		r.remove(t, victim, victim.Kill)
		// By itself, beside those of the load that waited for the victim.
		next := time.Now()
		for err := createDry(t, r.cluster, "apps", nil); err != nil; err = createDry(t, r.cluster, "apps", nil) {
			// The API server may send it on a connection that it doesn't know is dead.
			if time.Since(killed) > time.Second {
				t.Fatalf("the next create: %v", err)
			}
		}
		t.Logf("kill %d: the next create was admitted %s after the kill, in %s", i+1, time.Since(killed), time.Since(next))
		if took := time.Since(killed); took > time.Second {
			t.Errorf("it was admitted %s after the kill", took)
		}
		load.await(t, load.count.Load()+10*workers)
		failures, later := load.failed()[before:], 0
		for _, f := range failures {
			if f.began.After(killed.Add(time.Second)) {
				t.Errorf("a create that began %s after the kill: %v", f.began.Sub(killed), f.err)
			}
			if f.began.After(killed) {
				later++
			}
		}
		// In flight was one of each worker, and each may meet another connection that the API server
		// doesn't know is dead.
		if later > workers || len(failures) > 2*workers {
			t.Errorf("%d creates were lost, %d of them began after the kill, of %d in flight, the last with: %v",
				len(failures), later, workers, failures[len(failures)-1].err)
		}
		lost += len(failures)
		r.start(t)
	}
	load.halt()
	t.Logf("%d creates, %d kills, %d lost, with %d in flight each time", load.count.Load(), kills, lost, workers)
}
