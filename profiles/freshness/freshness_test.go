package freshness

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"fargate-webhook/profiles"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeWatcher knows what the test says.
type fakeWatcher struct {
	mutex sync.Mutex
	state profiles.State
}

func (w *fakeWatcher) State() profiles.State {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.state
}

func (w *fakeWatcher) set(state profiles.State) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.state = state
}

func noon() time.Time { return time.Date(2026, 11, 25, 12, 0, 0, 500e6, time.UTC) }

// listed is a state with three profiles, two of them ACTIVE.
func listed(at time.Time) profiles.State {
	list := []profiles.Profile{{Name: "a", Status: profiles.StatusActive}, {Name: "b", Status: profiles.StatusActive}, {Name: "c", Status: profiles.StatusDeleting}}
	return profiles.State{Index: profiles.NewIndex(list), Profiles: list, Listed: at}
}

func TestWords(t *testing.T) {
	kept := listed(noon().Add(-2 * time.Hour))
	kept.Kept, kept.FailingSince = true, noon().Add(-time.Minute)
	fresh := listed(noon().Add(-35 * time.Second))
	for want, state := range map[string]profiles.State{
		"profiles: no list yet":                         {Index: profiles.NewIndex(nil)},
		"profiles: 3, 2 of them ACTIVE, listed 35s ago": fresh,
		"profiles: 3, 2 of them ACTIVE, listed 2h0m0s ago by an earlier run; refresh failing for 1m0s, see the log for the reason": kept,
	} {
		if got := Summary(&state, noon()); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// values gathers the metrics by their names.
func values(t *testing.T, registry *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			name := family.GetName()
			for _, label := range metric.GetLabel() {
				name += " " + label.GetValue()
			}
			all[name] = metric.GetGauge().GetValue() + metric.GetCounter().GetValue()
		}
	}
	return all
}

func TestCollector(t *testing.T) {
	watcher := &fakeWatcher{state: profiles.State{Index: profiles.NewIndex(nil), Failures: 2}}
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(NewCollector(watcher))
	kept := listed(noon())
	kept.Kept, kept.Failures, kept.Successes = true, 3, 4
	for _, test := range []struct {
		state profiles.State
		want  [9]float64
	}{
		{watcher.state, [9]float64{0, 0, 2, 0, 0, 0, 2, 0, 0}},
		{kept, [9]float64{1795608000.5, 1, 3, 2, 1, 4, 3, 2, 0}},
		{listed(noon()), [9]float64{1795608000.5, 0, 0, 2, 1, 0, 0, 2, 0}},
	} {
		watcher.set(test.state)
		got := values(t, registry)
		for i, name := range []string{"last_refresh_timestamp_seconds", "kept", "refresh_failures_total", "active", "ignored",
			"refreshes_total succeeded", "refreshes_total failed", " ACTIVE", " OTHER"} {
			if value, there := got[strings.Replace("fargate_webhook_profiles_"+name, "_ ", " ", 1)]; !there || value != test.want[i] {
				t.Errorf("%s is %v, want %v", name, value, test.want[i])
			}
		}
		if len(got) != 5+2+len(statuses) {
			t.Errorf("metrics %v", got)
		}
	}
}

func TestVerbose(t *testing.T) {
	handler := Verbose(&fakeWatcher{state: listed(time.Now())}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprintln(w, "[-]serving failed") //nolint:errcheck // a recorder
	}))
	for path, want := range map[string]string{
		"/readyz":         "[-]serving failed\n",
		"/readyz?verbose": "[-]serving failed\nprofiles: 3, 2 of them ACTIVE, listed 0s ago\n",
	} {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, http.NoBody))
		if answer.Code != http.StatusInternalServerError || answer.Body.String() != want {
			t.Errorf("%s: %d %s", path, answer.Code, answer.Body)
		}
	}
}
