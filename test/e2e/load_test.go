package e2e

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/test/cluster"
)

// calls creates pods in dry runs, again and again, until stopped. A dry run takes the whole way
// through both webhooks. It collects what went wrong.
type calls struct {
	done  sync.WaitGroup
	stop  context.CancelFunc
	count atomic.Int64

	mutex    sync.Mutex
	failures []failedCall
	slowest  failedCall // or one that didn't fail
	// stall is the longest that this process was not run when it should have been: a sign of how
	// busy the machine is.
	stall time.Duration
}

type failedCall struct {
	began, ended time.Time
	err          error
}

// startCalls makes so many workers create pods, each with a pause after one.
func startCalls(t *testing.T, c *cluster.Cluster, workers int, pause time.Duration) *calls {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	k := &calls{stop: cancel}
	for range workers {
		k.done.Go(func() {
			for ctx.Err() == nil {
				k.create(ctx, c)
				select {
				case <-ctx.Done():
				case <-time.After(pause):
				}
			}
		})
	}
	k.done.Go(func() { k.watchStalls(ctx) })
	t.Cleanup(k.halt)
	return k
}

func (k *calls) create(ctx context.Context, c *cluster.Cluster) {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "call"}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "c"}}}}
	began := time.Now()
	got, err := c.Clientset().CoreV1().Pods("apps").Create(ctx, pod, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	if ctx.Err() != nil {
		return // it was stopped half way
	}
	if err == nil && len(got.Labels) == 0 {
		err = errors.New("the pod got no labels")
	}
	k.count.Add(1)
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if err != nil {
		k.failures = append(k.failures, failedCall{began: began, ended: time.Now(), err: err})
	}
	if ended := time.Now(); ended.Sub(began) > k.slowest.ended.Sub(k.slowest.began) {
		k.slowest = failedCall{began: began, ended: ended}
	}
}

// watchStalls notes how late a ticker is.
func (k *calls) watchStalls(ctx context.Context) {
	const every = 20 * time.Millisecond
	for last := time.Now(); ctx.Err() == nil; last = time.Now() {
		time.Sleep(every)
		k.mutex.Lock()
		k.stall = max(k.stall, time.Since(last)-every)
		k.mutex.Unlock()
	}
}

// halt stops the calls.
func (k *calls) halt() {
	k.stop()
	k.done.Wait()
}

// failed returns what has failed so far.
func (k *calls) failed() []failedCall {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	return append([]failedCall(nil), k.failures...)
}

// await waits for so many calls in all.
func (k *calls) await(t *testing.T, n int64) {
	t.Helper()
	err := cluster.Await(t.Context(), 20*time.Minute, "enough pods are created", func(context.Context) error {
		if have := k.count.Load(); have < n {
			return fmt.Errorf("%d of %d", have, n)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// end stops the calls, and fails the test if one failed or there were too few.
func (k *calls) end(t *testing.T, least int64) {
	t.Helper()
	k.halt()
	failures, count := k.failed(), k.count.Load()
	for _, f := range failures[:min(len(failures), 3)] {
		t.Errorf("a pod at %s, after %s: %v", f.began.Format(time.StampMilli), f.ended.Sub(f.began), f.err)
	}
	if len(failures) > 0 || count < least {
		t.Errorf("%d of %d creates failed; want 0 of at least %d", len(failures), count, least)
	}
	t.Logf("%d creates, %d failed, the slowest took %s, from %s on; this process waited up to %s for a processor",
		count, len(failures), k.slowest.ended.Sub(k.slowest.began), k.slowest.began.Format(time.StampMilli), k.stall)
}
