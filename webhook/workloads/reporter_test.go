package workloads

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation"
	clienttesting "k8s.io/client-go/testing"

	"fargate-webhook/internal/kube/kubetest"
)

// running is a reporter that writes until the test ends.
type running struct {
	*Reporter
	client kubetest.Client
}

// started returns a reporter whose events are created, or fail with an error.
func started(t *testing.T, fail error) *running {
	t.Helper()
	client := kubetest.NewClient()
	client.PrependReactor("create", "events", func(clienttesting.Action) (bool, runtime.Object, error) { return fail != nil, nil, fail })
	r, err := NewReporter(client, prometheus.NewRegistry(), zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- r.Start(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return &running{r, client}
}

func (r *running) events(t *testing.T) []corev1.Event {
	t.Helper()
	list, err := r.client.PodEvents("apps").List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return list.Items
}

// counts returns the metric's values: written, failed, left out, repeated.
func (r *running) counts() [4]float64 {
	var all [4]float64
	for i, outcome := range []string{written, failed, leftOut, repeated} {
		all[i] = testutil.ToFloat64(r.count.WithLabelValues(outcome))
	}
	return all
}

func warning(workload string, rules ...string) *Warning {
	w := &Warning{Workload: corev1.ObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "apps", Name: workload, UID: types.UID("uid-" + workload)}, Rules: rules}
	for _, rule := range rules {
		w.Texts = append(w.Texts, rule+": it is ignored on Fargate")
	}
	return w
}

// The same warning of a workload becomes one event an hour, however many pods are warned.
func TestOncePerHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := started(t, nil)
		for range 100 {
			r.Warned(warning("web", "grace", "probes"))
		}
		r.Warned(warning("web", "grace"))
		r.Warned(warning("other", "grace", "probes"))
		synctest.Wait()
		events := r.events(t)
		slices.SortFunc(events, func(a, b corev1.Event) int {
			return strings.Compare(a.InvolvedObject.Name+a.Message, b.InvolvedObject.Name+b.Message)
		})
		if len(events) != 3 || events[2].Message != "grace: it is ignored on Fargate; probes: it is ignored on Fargate" ||
			events[2].InvolvedObject.UID != "uid-web" || events[2].Type != corev1.EventTypeWarning || events[2].Reason != Reason {
			t.Fatalf("%+v", events)
		}
		if got, want := r.counts(), [4]float64{3, 0, 0, 99}; got != want {
			t.Errorf("counted %v, want %v", got, want)
		}
		time.Sleep(silence)
		r.Warned(warning("web", "grace"))
		synctest.Wait()
		// The API server still has the event of the hour before: it isn't written twice.
		if got, want := r.counts(), [4]float64{3, 0, 0, 100}; got != want {
			t.Errorf("after an hour: counted %v, want %v", got, want)
		}
	})
}

// What is too much is left out, and doesn't keep a later warning from being written.
func TestTooMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := started(t, nil)
		for i := range 1000 {
			r.Warned(warning(fmt.Sprintf("w%d", i), "grace"))
		}
		synctest.Wait()
		if got, want := r.counts(), [4]float64{burst, 0, 1000 - burst, 0}; got != want {
			t.Errorf("counted %v, want %v", got, want)
		}
		time.Sleep(2 * time.Second)
		r.Warned(warning("w999", "grace"))
		synctest.Wait()
		if got := r.counts()[0]; got != burst+1 {
			t.Errorf("%v written", got)
		}
	})
}

// What is remembered is bounded, and forgotten after its time.
func TestForgets(t *testing.T) {
	r, err := NewReporter(kubetest.NewClient(), prometheus.NewRegistry(), zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for i := range maxKnown {
		r.until[fmt.Sprint(i)] = now.Add(time.Minute)
	}
	if got := r.take(eventOf(warning("web", "grace")), now); got != leftOut {
		t.Errorf("full: %q", got)
	}
	if got := r.take(eventOf(warning("web", "grace")), now.Add(time.Hour)); got != "" || len(r.until) != 1 {
		t.Errorf("an hour later: %q, %d known", got, len(r.until))
	}
}

// An event that can't be written is counted, and nothing stops.
func TestFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := started(t, apierrors.NewForbidden(schema.GroupResource{Resource: "events"}, "x", errors.New("no right")))
		r.Warned(warning("web", "grace"))
		r.Warned(warning("web", "probes"))
		synctest.Wait()
		r.Warned(warning("web", "grace")) // what failed is tried again
		synctest.Wait()
		if got, want := r.counts(), [4]float64{0, 3, 0, 0}; got != want {
			t.Errorf("counted %v, want %v", got, want)
		}
	})
}

// Nothing is written without warnings, or without a reporter.
func TestNothing(*testing.T) {
	var none *Reporter
	none.Warned(warning("web", "grace"))
	(&Reporter{}).Warned(&Warning{})
}

// The API server takes names and messages, however long those of the workload are.
func TestEventIsValid(t *testing.T) {
	w := warning(strings.Repeat("a.", 126), strings.Repeat("rule", 1000))
	e := eventOf(w)
	if wrong := validation.IsDNS1123Subdomain(e.Name); len(wrong) > 0 || len(e.Message) > 1024 {
		t.Errorf("%s: %v; message of %d bytes", e.Name, wrong, len(e.Message))
	}
}
