package pending

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clienttesting "k8s.io/client-go/testing"

	"fargate-webhook/policy"
)

func (p *parts) wantEvents(t *testing.T, want map[string][]string) {
	t.Helper()
	if diff := cmp.Diff(want, p.events(t)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// Pods that were there before the profile are told of once it has been known for some time, once
// for each profile, whoever leads.
func TestReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lacking := waiting("lacking", "apps", "ReplicaSet", time.Hour)
		lacking.Labels = nil
		elsewhere := waiting("elsewhere", "apps", "ReplicaSet", time.Hour)
		elsewhere.Labels["run"] = "elsewhere"
		p := newParts(t, policy.PendingPodsReport, waiting("bare", "apps", "", time.Hour), lacking, elsewhere)
		stop := p.run(t)
		pass(10 * time.Minute)
		p.wantEvents(t, map[string][]string{})

		p.selectBy("late")
		pass(grace - every)
		p.wantEvents(t, map[string][]string{})
		pass(2 * every)
		both := map[string][]string{"bare": {"FargateProfileMatchesNow"}, "lacking": {"FargateProfileMatchesNow"}}
		p.wantEvents(t, both)
		pass(time.Hour)
		p.wantEvents(t, both)
		if p.counted(t, matchesNow) != 2 || p.counted(t, notClaimed) != 0 {
			t.Errorf("%d and %d are counted", p.counted(t, matchesNow), p.counted(t, notClaimed))
		}

		stop()
		if p.counted(t, matchesNow) != 0 {
			t.Error("who doesn't lead counts as well")
		}
		stop = p.run(t)
		pass(time.Hour)
		p.wantEvents(t, both)
		p.selectBy("later")
		pass(time.Hour)
		p.wantEvents(t, map[string][]string{
			"bare": {"FargateProfileMatchesNow", "FargateProfileMatchesNow"}, "lacking": {"FargateProfileMatchesNow", "FargateProfileMatchesNow"},
		})
		if err := p.client.Tracker().Delete(corev1.SchemeGroupVersion.WithResource("pods"), "apps", "bare"); err != nil {
			t.Fatal(err)
		}
		pass(2 * every)
		if p.counted(t, matchesNow) != 1 {
			t.Errorf("%d are counted after one is gone", p.counted(t, matchesNow))
		}
		if told := p.metric(t, "fargate_webhook_pending_pods_reported_total", string(matchesNow)); told != 4 {
			t.Errorf("%d events are counted; want those of both profiles, each once", told)
		}
		if p.gone() != nil || p.logged.Len() != 0 {
			t.Errorf("evicted %v, logged %v", p.gone(), p.logged.All())
		}
		stop()
	})
}

// A pod that comes when its profile is known is claimed, or told of after a while; it is never
// evicted, since what comes after it would hang as well.
func TestCreatedLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newParts(t, policy.PendingPodsRecreate)
		p.selectBy("apps")
		defer p.run(t)()
		pass(time.Hour)
		p.add(t, waiting("unclaimed", "apps", "ReplicaSet", 0), waiting("short", "apps", "ReplicaSet", 0))
		pass(patience - every)
		p.wantEvents(t, map[string][]string{})
		if err := p.client.Tracker().Delete(corev1.SchemeGroupVersion.WithResource("pods"), "apps", "short"); err != nil {
			t.Fatal(err)
		}
		pass(2 * every)
		p.wantEvents(t, map[string][]string{"unclaimed": {"FargateProfileDidNotClaim"}})
		pass(time.Hour)
		if p.gone() != nil || p.counted(t, notClaimed) != 1 {
			t.Errorf("evicted %v, %d counted", p.gone(), p.counted(t, notClaimed))
		}
	})
}

// An exempt pod is reported when it matches as it stands, and stays where it is.
func TestExempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		unlabelled := waiting("unlabelled", "left", "ReplicaSet", time.Hour)
		unlabelled.Labels = nil
		p := newParts(t, policy.PendingPodsRecreate, unlabelled, waiting("labelled", "left", "ReplicaSet", time.Hour),
			waiting("own", "own", "ReplicaSet", time.Hour), waiting("coredns", "kube-system", "ReplicaSet", time.Hour),
			waiting("of a namespace that is gone", "gone", "ReplicaSet", time.Hour))
		p.add(t, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "kube-system"}})
		p.selectBy("late")
		defer p.run(t)()
		pass(time.Hour)
		p.wantEvents(t, map[string][]string{
			"labelled": {"FargateProfileMatchesNow"}, "own": {"FargateProfileMatchesNow"}, "coredns": {"FargateProfileMatchesNow"},
			"of a namespace that is gone": {"FargateProfileMatchesNow"},
		})
		if p.gone() != nil {
			t.Errorf("evicted %v", p.gone())
		}
	})
}

// Before it is known what decisions look up, nothing is judged.
func TestNotReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newParts(t, policy.PendingPodsRecreate, waiting("web", "apps", "ReplicaSet", time.Hour))
		p.selectBy("late")
		p.set(func() { p.unready["lookups"] = errors.New("claims aren't known") })
		defer p.run(t)()
		pass(time.Hour)
		p.set(func() { p.unready = map[string]error{"profiles": errors.New("none")} })
		pass(time.Hour)
		p.wantEvents(t, map[string][]string{})
		p.set(func() { p.unready = nil })
		pass(time.Minute)
		p.wantEvents(t, map[string][]string{"web": {"EvictedForFargate"}})
	})
}

// What the policy has no use for isn't asked for.
func TestOff(t *testing.T) {
	p := newParts(t, policy.PendingPodsOff, waiting("web", "apps", "", time.Hour))
	p.worker.Run(t.Context()) // returns at once
	if actions := p.client.Actions(); len(actions) != 0 {
		t.Errorf("it asked for %v", actions)
	}
}

// Missing rights are told once each, and nothing is said in their stead.
func TestNoRights(t *testing.T) {
	for resource, want := range map[string]string{
		"pods":       "watch of pending pods failed",
		"namespaces": "namespace get failed",
		"events":     "event about a pending pod failed",
	} {
		t.Run(resource, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newParts(t, policy.PendingPodsReport, waiting("a", "apps", "", time.Hour), waiting("b", "apps", "", time.Hour))
				forbidden := true
				p.client.PrependReactor("*", resource, func(action clienttesting.Action) (bool, runtime.Object, error) {
					return forbidden && action.GetVerb() != "watch", nil, apierrors.NewForbidden(schema.GroupResource{Resource: resource}, "", nil)
				})
				p.selectBy("late")
				stop := p.run(t)
				pass(time.Hour)
				stop()
				lines := p.logged.All()
				if len(lines) != 1 || !strings.HasPrefix(lines[0].Message, want) || !strings.Contains(fmt.Sprint(lines[0].ContextMap()["error"]), "allow it in the webhook's ClusterRole") {
					t.Errorf("logged: %v", lines)
				}
				forbidden = false
				stop = p.run(t)
				pass(time.Minute)
				p.wantEvents(t, map[string][]string{"a": {"FargateProfileMatchesNow"}, "b": {"FargateProfileMatchesNow"}})
				stop()
			})
		})
	}
}
