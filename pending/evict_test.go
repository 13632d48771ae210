package pending

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"fargate-webhook/policy"
)

// evictions is how many are counted with a result.
func (p *parts) evictions(t *testing.T, result string) int {
	t.Helper()
	return p.metric(t, "fargate_webhook_pending_pods_evictions_total", result)
}

// Those whose controller makes another are evicted; the others are told of.
func TestRecreate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		onHost := waiting("host", "apps", "ReplicaSet", time.Hour)
		onHost.Spec.HostNetwork = true
		gated := waiting("bound", "apps", "ReplicaSet", time.Hour)
		gated.Spec.NodeName = "ip-10-0-0-1"
		p := newParts(t, policy.PendingPodsRecreate, onHost, gated, waiting("web", "apps", "ReplicaSet", time.Hour), waiting("bare", "apps", "", time.Hour),
			waiting("job", "apps", "Job", time.Hour))
		defer p.run(t)()
		pass(time.Minute)
		p.selectBy("late")
		pass(time.Hour)
		if want := []string{"web"}; !slices.Equal(p.gone(), want) || p.evictions(t, resultEvicted) != 1 {
			t.Errorf("evicted %v, %d counted; want %v", p.gone(), p.evictions(t, resultEvicted), want)
		}
		p.wantEvents(t, map[string][]string{
			"web": {"EvictedForFargate"}, "bare": {"FargateProfileMatchesNow"}, "job": {"FargateProfileMatchesNow"}, "host": {"FargateWouldRefuse"},
		})
		made := 0
		for _, action := range p.client.Actions() {
			if action.Matches("create", "events") {
				made++
			}
		}
		if made != 4 {
			t.Errorf("events were made %d times; want 4", made)
		}
		if p.counted(t, matchesNow) != 2 || p.counted(t, wouldBeRefused) != 1 {
			t.Errorf("%d and %d are counted", p.counted(t, matchesNow), p.counted(t, wouldBeRefused))
		}
		if line := p.logged.All()[0]; p.logged.Len() != 1 || line.ContextMap()["pod"] != "web" || line.ContextMap()["profile"] != "late" {
			t.Errorf("logged %v", p.logged.All())
		}
	})
}

// Many are evicted one after another.
func TestEvictionRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newParts(t, policy.PendingPodsRecreate)
		for i := range 65 {
			p.add(t, waiting(fmt.Sprintf("web-%d", i), "apps", "ReplicaSet", time.Hour))
		}
		defer p.run(t)()
		p.selectBy("late")
		pass(grace + 3*every)
		if n := len(p.gone()); n < 5 || n > 12 {
			t.Errorf("%d are evicted at first", n)
		}
		pass(30 * time.Second)
		if n := len(p.gone()); n < 30 || n > 42 {
			t.Errorf("%d are evicted half a minute later", n)
		}
		pass(40 * time.Second)
		if n := len(p.gone()); n != 65 {
			t.Errorf("%d are evicted in the end", n)
		}
	})
}

// A pod that the API server doesn't allow to be evicted now is reported, and evicted once it does.
func TestLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newParts(t, policy.PendingPodsRecreate, waiting("web", "apps", "ReplicaSet", time.Hour))
		p.refuse = apierrors.NewTooManyRequests("would violate the budget", 120)
		p.selectBy("late")
		defer p.run(t)()
		pass(grace + 2*every)
		if text := p.message(t); !strings.HasSuffix(text, "The API server refuses to evict the pod now: the eviction will be retried.") {
			t.Error(text)
		}
		pass(10 * time.Minute)
		if n := p.evictions(t, resultLater); n < 4 || n > 6 {
			t.Errorf("asked %d times in ten minutes; want it every two", n)
		}
		p.set(func() { p.refuse = nil })
		pass(3 * time.Minute)
		p.wantEvents(t, map[string][]string{"web": {"FargateProfileMatchesNow", "EvictedForFargate"}})
		if !slices.Equal(p.gone(), []string{"web"}) || p.logged.Len() != 1 {
			t.Errorf("evicted %v, logged %v", p.gone(), p.logged.All())
		}
	})
}

// Other failures are logged once, told with the pod, and tried again.
func TestCannotEvict(t *testing.T) {
	pods := schema.GroupResource{Resource: "pods"}
	for name, c := range map[string]struct {
		err           error
		told, logged  string
		failed, later bool
	}{
		"forbidden": {err: apierrors.NewForbidden(pods, "web", errors.New("no such right")), failed: true, logged: "eviction of a pending pod failed",
			told: "but the webhook is not allowed to (docs/pending-pods.md)."},
		"down":    {err: errors.New("connection refused"), failed: true, logged: "eviction of a pending pod failed", told: "The eviction failed (no answer) and will be retried."},
		"changed": {err: apierrors.NewConflict(pods, "web", errors.New("changed"))},
		"gone":    {err: apierrors.NewNotFound(pods, "web")},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newParts(t, policy.PendingPodsRecreate, waiting("web", "apps", "ReplicaSet", time.Hour))
				p.refuse = c.err
				p.selectBy("late")
				defer p.run(t)()
				pass(time.Hour)
				if failed := p.evictions(t, resultFailed); (failed > 0) != c.failed || failed > 20 {
					t.Errorf("%d failures are counted in an hour", failed)
				}
				if !c.failed {
					p.wantEvents(t, map[string][]string{})
					return
				}
				if text := p.message(t); !strings.HasSuffix(text, c.told) {
					t.Error(text)
				}
				if p.logged.Len() != 1 || !strings.Contains(p.logged.All()[0].Message, c.logged) {
					t.Errorf("logged %v", p.logged.All())
				}
				p.set(func() { p.refuse = nil })
				pass(patience + 2*every)
				if !slices.Equal(p.gone(), []string{"web"}) {
					t.Errorf("evicted %v", p.gone())
				}
			})
		})
	}
}
