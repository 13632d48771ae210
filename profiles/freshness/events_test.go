package freshness

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"fargate-webhook/internal/kube/kubetest"
	"fargate-webhook/profiles"
)

// reporting runs a Reporter in the bubble, until the test or what it returns ends it.
func reporting(t *testing.T, client kubetest.Client, watcher Watcher) (*observer.ObservedLogs, func()) {
	t.Helper()
	core, lines := observer.New(zap.DebugLevel)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	r := &Reporter{Watcher: watcher, Client: client, Namespace: "own", Deployment: "hook", Limit: 15 * time.Minute, Logger: zap.New(core)}
	go func() {
		defer close(done)
		r.Run(ctx)
	}()
	end := func() {
		cancel()
		<-done
	}
	t.Cleanup(end)
	return lines, end
}

func withDeployment() kubetest.Client {
	return kubetest.NewClient(&appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "own", Name: "hook", UID: "uid"}})
}

// eventsOf returns the events, sorted.
func eventsOf(t *testing.T, client kubetest.Client) []string {
	t.Helper()
	events, err := client.EventsV1().Events("own").List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range events.Items {
		list = append(list, fmt.Sprintf("%s %s on %s %s/%s %s: %s", e.Type, e.Reason, e.Regarding.Kind, e.Regarding.Namespace, e.Regarding.Name, e.Regarding.UID, e.Note))
	}
	slices.Sort(list)
	return list
}

// stale is a state that fails since its list.
func stale(at time.Time) profiles.State {
	state := listed(at)
	state.Err, state.FailingSince = errors.New("EKS is down"), at
	return state
}

// TestReporterTellsOnce that the list is too old, whichever replica leads, and once that it isn't
// any more.
func TestReporterTellsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, watcher := withDeployment(), &fakeWatcher{state: stale(time.Now())}
		lines, end := reporting(t, client, watcher)
		time.Sleep(15 * time.Minute)
		synctest.Wait()
		if got := eventsOf(t, client); got != nil || lines.Len() != 0 {
			t.Errorf("reported before the limit: %q", got)
		}
		time.Sleep(time.Hour)
		want := []string{"Warning ProfilesStale on Deployment own/hook uid: Reading the Fargate profiles has failed since 2000-01-01T00:00:00Z. " +
			"The webhook uses the list of that time. Last error: EKS is down"}
		if diff := cmp.Diff(want, eventsOf(t, client)); diff != "" || lines.Len() != 1 {
			t.Errorf("%d log lines, events (-want +got):\n%s", lines.Len(), diff)
		}
		end()
		lines, _ = reporting(t, client, watcher)
		time.Sleep(time.Hour)
		if diff := cmp.Diff(want, eventsOf(t, client)); diff != "" || lines.Len() != 0 {
			t.Errorf("%d log lines of the next leader, events (-want +got):\n%s", lines.Len(), diff)
		}
		watcher.set(listed(time.Now()))
		time.Sleep(10 * time.Minute)
		want = append([]string{"Normal ProfilesFresh on Deployment own/hook uid: Reading the Fargate profiles works again: 3 profiles, 2 of them ACTIVE"}, want...)
		if diff := cmp.Diff(want, eventsOf(t, client)); diff != "" || lines.Len() != 1 {
			t.Errorf("%d log lines, events (-want +got):\n%s", lines.Len(), diff)
		}
		time.Sleep(10 * time.Minute)
		if got := eventsOf(t, client); len(got) != 3 {
			t.Errorf("%q; want one more for the list that is stale again", got)
		}
	})
}

// TestReporterWithoutAList: then nothing is decided at all.
func TestReporterWithoutAList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := kubetest.NewClient() // and no Deployment either
		reporting(t, client, &fakeWatcher{state: profiles.State{Index: profiles.NewIndex(nil), Err: errors.New("no route")}})
		time.Sleep(time.Hour)
		got := eventsOf(t, client)
		if len(got) != 1 || !strings.Contains(got[0], "The webhook matches no pod to a profile. Last error: no route") {
			t.Errorf("events %q", got)
		}
	})
}

// TestReporterWaitsForTheFirstAttempt: before it has ended nothing has failed.
func TestReporterWaitsForTheFirstAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := withDeployment()
		watcher := &fakeWatcher{state: profiles.State{Index: profiles.NewIndex(nil)}}
		reporting(t, client, watcher)
		time.Sleep(time.Hour)
		if got := eventsOf(t, client); len(got) != 0 {
			t.Errorf("events %q", got)
		}
		watcher.set(stale(time.Now().Add(-time.Hour)))
		time.Sleep(time.Hour)
		if got := eventsOf(t, client); len(got) != 1 || !strings.Contains(got[0], "Last error: EKS is down") {
			t.Errorf("events %q", got)
		}
	})
}

// TestReporterTriesAgain, and tells once that it can't.
func TestReporterTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for resource, verb := range map[string]string{"events": "create", "deployments": "get"} {
			client := withDeployment()
			var works atomic.Bool
			client.PrependReactor(verb, resource, func(clienttesting.Action) (bool, runtime.Object, error) {
				return !works.Load(), nil, errors.New("forbidden")
			})
			lines, end := reporting(t, client, &fakeWatcher{state: stale(time.Now())})
			time.Sleep(time.Hour)
			if got := eventsOf(t, client); got != nil || lines.Len() != 1 {
				t.Errorf("events %q, %d log lines", got, lines.Len())
			}
			works.Store(true)
			time.Sleep(time.Minute)
			if got := eventsOf(t, client); len(got) != 1 {
				t.Errorf("events %q", got)
			}
			end()
		}
	})
}

// panicking is a Watcher that panics as often as the test says.
type panicking struct {
	*fakeWatcher
	panics atomic.Int32
}

func (p *panicking) State() profiles.State {
	if p.panics.Add(-1) >= 0 {
		panic("nobody has thought of this state")
	}
	return p.fakeWatcher.State()
}

// TestReporterSurvivesPanics and reports in the next look.
func TestReporterSurvivesPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, watcher := withDeployment(), &panicking{fakeWatcher: &fakeWatcher{state: stale(time.Now().Add(-time.Hour))}}
		watcher.panics.Store(2)
		lines, _ := reporting(t, client, watcher)
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := eventsOf(t, client); len(got) != 1 {
			t.Errorf("events %q", got)
		}
		if got := lines.FilterMessage("event about the age of the profiles failed, retrying").Len(); got != 1 {
			t.Errorf("%d lines about two panics", got)
		}
	})
}
