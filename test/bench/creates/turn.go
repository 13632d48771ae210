package creates

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// scene is which pods are created, and by how many clients.
type scene struct {
	pod     string
	clients int
}

// phase is what the creates of a turn took, or of several.
type phase struct {
	took     []time.Duration // each; sorted in that of several turns
	lasted   time.Duration
	cpu      time.Duration // of the API server
	calls    int           // of webhooks
	handling time.Duration // in our handlers
}

// together returns what the creates of several turns took.
func together(turns []*phase) *phase {
	all := &phase{}
	for _, turn := range turns {
		all.took = append(all.took, turn.took...)
		all.lasted, all.cpu, all.calls, all.handling = all.lasted+turn.lasted, all.cpu+turn.cpu, all.calls+turn.calls, all.handling+turn.handling
	}
	slices.Sort(all.took)
	return all
}

// perSecond returns how many pods were created in a second.
func (p *phase) perSecond() float64 { return float64(len(p.took)) / p.lasted.Seconds() }

// each returns the share of a create in what all took, in milliseconds.
func (p *phase) each(all time.Duration) float64 {
	return float64(all.Microseconds()) / 1000 / float64(len(p.took))
}

// at returns the time below which so many of 100 creates were, in milliseconds.
func (p *phase) at(percent int) float64 {
	return float64(p.took[min(len(p.took)*percent/100, len(p.took)-1)].Microseconds()) / 1000
}

// p99 returns the time below which 99 of 100 creates were, in milliseconds.
func (p *phase) p99() float64 { return p.at(99) }

// turn measures a scene with a variant, and then deletes its pods, which isn't timed.
func (b *bench) turn(ctx context.Context, v *variant, s scene) (*phase, error) {
	// Connections are made and caches filled before.
	if _, err := b.create(ctx, v, s, "first", 4*s.clients); err != nil {
		return nil, err
	}
	if err := b.collectGarbage(ctx); err != nil {
		return nil, err
	}
	start, err := b.spent(ctx)
	if err != nil {
		return nil, err
	}
	before, err := b.apiServer.CPU()
	measured := err == nil // not on every system
	p, err := b.create(ctx, v, s, "bench", b.options.Creates(s.clients))
	if err != nil {
		return nil, err
	}
	if after, err := b.apiServer.CPU(); err == nil && measured {
		p.cpu = after - before
	}
	end, err := b.spent(ctx)
	if err != nil {
		return nil, err
	}
	p.calls, p.handling = int(end.calls-start.calls), end.ours-start.ours
	return p, b.clear(ctx, v)
}

// collectGarbage makes the API server collect garbage, so that it doesn't while it creates the pods of
// a turn: that takes as much processor time as dozens of creates, in one turn of a row and not in
// another.
func (b *bench) collectGarbage(ctx context.Context) error {
	return b.clientset.CoreV1().RESTClient().Get().AbsPath("/debug/pprof/heap").Param("gc", "1").Do(ctx).Error()
}

// create creates n pods, whose names begin alike.
func (b *bench) create(ctx context.Context, v *variant, s scene, name string, n int) (*phase, error) {
	p := &phase{took: make([]time.Duration, n)}
	pods := b.clientset.CoreV1().Pods(v.namespace)
	all := make([]*corev1.Pod, n)
	for i := range all {
		all[i] = b.pod(s.pod, fmt.Sprintf("%s-%d", name, i))
	}
	var next atomic.Int64
	var clients sync.WaitGroup
	failed := make([]error, s.clients)
	began := time.Now()
	for client := range s.clients {
		clients.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				began := time.Now()
				pod, err := pods.Create(ctx, all[i], metav1.CreateOptions{})
				p.took[i] = time.Since(began)
				if err == nil {
					err = v.check(pod)
				}
				if err != nil {
					failed[client] = err
					return
				}
			}
		})
	}
	clients.Wait()
	p.lasted = time.Since(began)
	if err := errors.Join(failed...); err != nil {
		return nil, fmt.Errorf("%s: create a pod: %w", v.name, err)
	}
	return p, nil
}

// clear deletes all pods of a variant. What the controllers do about them is over soon after.
func (b *bench) clear(ctx context.Context, v *variant) error {
	pods := b.clientset.CoreV1().Pods(v.namespace)
	if err := pods.DeleteCollection(ctx, metav1.DeleteOptions{GracePeriodSeconds: new(int64(0))}, metav1.ListOptions{}); err != nil {
		return err
	}
	left, err := pods.List(ctx, metav1.ListOptions{Limit: 1})
	if err == nil && len(left.Items) > 0 {
		err = errors.New("pods are left after all were deleted")
	}
	return err
}
