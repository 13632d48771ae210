package lookups

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/kinds"
)

// A cluster without the extensions is no failure. The API server is asked again at intervals, once
// for each version.
func TestExtensionsAbsent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// The group may be there without the resource.
		b, stop := runExtensions(t, nil, map[string][]string{"parts.test/v1": {"bolts"}})
		defer stop()
		if err := b.ready(); err != nil {
			t.Error(err)
		}
		for _, k := range []*cluster.Kind{b.widgets, b.rings} {
			if _, err := b.lookups.Get(k, "", "a"); !apierrors.IsNotFound(err) {
				t.Errorf("%s: %v", k.Kind, err)
			}
		}
		if list, err := b.lookups.List(b.rings, "apps"); err != nil || len(list) != 0 {
			t.Errorf("rings: %v, %v", list, err)
		}
		if got := b.served(); len(got) != 0 || b.hasNotice() {
			t.Errorf("served: %v", got)
		}
		asked := b.api.times()
		later()
		if n := b.api.times() - asked; n != asked || n != 2 {
			t.Errorf("asked %d times at first and %d times later, want 2", asked, n)
		}
		if actions := b.custom.Actions(); len(actions) != 0 {
			t.Errorf("what isn't served was asked for: %v", actions)
		}
	})
}

// Controllers may be installed, upgraded and removed while the webhook runs. Each kind comes and
// goes by itself, and a change of judged kinds is notified once.
func TestExtensionsComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, stop := runExtensions(t, nil, nil, part("Widget", "", "a", "3"), part("Ring", "apps", "b", "5"))
		defer stop()
		check := func(when string, notice bool, served map[*kinds.Kind]string, widgets, rings bool) {
			t.Helper()
			if got := b.served(); !maps.Equal(got, served) || b.hasNotice() != notice {
				t.Errorf("%s: served %v, want %v with notice %t", when, got, served, notice)
			}
			for k, want := range map[*cluster.Kind]bool{b.widgets: widgets, b.rings: rings} {
				if got, err := cluster.Serves(b.lookups, k); got != want || err != nil {
					t.Errorf("%s: %s served: %t, %v; want %t", when, k.Kind, got, err, want)
				}
			}
			w, err := cluster.Get[*sized](b.lookups, b.widgets, "", "a")
			if widgets && (err != nil || w.Spec.Size != "3" || w.Labels != nil) || !widgets && !apierrors.IsNotFound(err) {
				t.Errorf("%s: widget %+v, %v", when, w, err)
			}
			if _, err := b.lookups.Get(b.widgets, "", "other"); !apierrors.IsNotFound(err) {
				t.Errorf("%s: another widget: %v", when, err)
			}
			r, err := cluster.List[*sized](b.lookups, b.rings, "apps")
			if err != nil || (len(r) == 1) != rings || rings && (r[0].Name != "b" || r[0].Spec.Size != "5") {
				t.Errorf("%s: rings %+v, %v", when, r, err)
			}
		}
		check("at first", false, nil, false, false)
		for _, step := range []struct {
			when           string
			api            map[string][]string
			notice         bool
			served         map[*kinds.Kind]string
			widgets, rings bool
		}{
			{"installed", map[string][]string{"parts.test/v1": {"widgets", "gears"}}, true, map[*kinds.Kind]string{b.gears: "v1"}, true, false},
			{"nothing new", map[string][]string{"parts.test/v1": {"widgets", "gears"}}, false, map[*kinds.Kind]string{b.gears: "v1"}, true, false},
			{"upgraded", everything(), true, map[*kinds.Kind]string{b.gears: "v2"}, true, true},
			{"only looked up", map[string][]string{"parts.test/v1": {"rings"}}, true, nil, false, true},
			{"removed", nil, false, nil, false, false},
			{"installed again", everything(), true, map[*kinds.Kind]string{b.gears: "v2"}, true, true},
		} {
			b.api.serve(nil, step.api)
			later()
			check(step.when, step.notice, step.served, step.widgets, step.rings)
		}
	})
}

// Answers follow changes of the objects.
func TestExtensionsFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, stop := runExtensions(t, nil, everything(), part("Ring", "apps", "b", "5"))
		defer stop()
		client := b.custom.Resource(resourceOf(b.rings)).Namespace("apps")
		for _, want := range []string{"5", "7"} {
			if _, err := client.Update(t.Context(), part("Ring", "apps", "b", want), metav1.UpdateOptions{}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if got, err := cluster.Get[*sized](b.lookups, b.rings, "apps", "b"); err != nil || got.Spec.Size != want {
				t.Errorf("%+v, %v, want %s", got, err, want)
			}
		}
		if err := client.Delete(t.Context(), "b", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if list, err := b.lookups.List(b.rings, "apps"); err != nil || len(list) != 0 {
			t.Errorf("once deleted: %v, %v", list, err)
		}
		if b.hasNotice() {
			t.Error("what is served from the start is no change")
		}
	})
}

// Until discovery succeeds once every answer is an error, and discovery is retried soon. A later
// failure keeps the last result.
func TestExtensionsNoAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, stop := runExtensions(t, errors.New("no route to host"), nil, part("Widget", "", "a", "3"))
		defer stop()
		_, get := b.lookups.Get(b.widgets, "", "a")
		_, list := b.lookups.List(b.rings, "apps")
		for _, err := range []error{b.ready(), get, list} {
			if err == nil || apierrors.IsNotFound(err) || !strings.Contains(err.Error(), "discover parts.test/v2: no route to host") {
				t.Errorf("at first: %v", err)
			}
		}
		b.api.serve(nil, everything())
		time.Sleep(firstDiscoveryInterval)
		synctest.Wait()
		b.api.serve(errors.New("no route to host"), nil)
		later()
		got, err := cluster.Get[*sized](b.lookups, b.widgets, "", "a")
		if err != nil || got.Spec.Size != "3" || b.ready() != nil || b.served()[b.gears] != "v2" || b.hasNotice() {
			t.Errorf("later: %+v, %v, ready %v, served %v", got, err, b.ready(), b.served())
		}
	})
}

// Before Start every answer is an error.
func TestExtensionsNotAskedYet(t *testing.T) {
	e := newExtensions(nil, nil, nil, nil, zap.NewNop())
	if err := e.ready(); err == nil || err.Error() != "not discovered yet which optional kinds the API server serves" {
		t.Errorf("got %v", err)
	}
}

// Without the right to list a kind, or if an object of it can't be decoded, the webhook is ready,
// look-ups of that kind are errors other than NotFound, and the other kinds are answered.
func TestExtensionsThatCannotBeListed(t *testing.T) {
	for name, c := range map[string]struct {
		odd    any
		reason error
	}{
		"forbidden": {odd: "5", reason: apierrors.NewForbidden(resourceOf(ringKind()).GroupResource(), "", errors.New("no right to list"))},
		"odd":       {odd: map[string]any{}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, stop := runExtensions(t, nil, nil, part("Widget", "", "a", "3"), part("Ring", "apps", "b", c.odd))
				defer stop()
				if c.reason != nil {
					b.custom.PrependReactor("list", "rings", func(clienttesting.Action) (bool, runtime.Object, error) { return true, nil, c.reason })
				}
				b.api.serve(nil, everything())
				later()
				time.Sleep(time.Hour)
				synctest.Wait()
				if err := b.ready(); err != nil {
					t.Errorf("not ready: %v", err)
				}
				_, get := b.lookups.Get(b.rings, "apps", "b")
				_, list := b.lookups.List(b.rings, "apps")
				for _, err := range []error{get, list} {
					if err == nil || apierrors.IsNotFound(err) || !strings.Contains(err.Error(), "rings not synced yet") {
						t.Errorf("rings: %v", err)
					}
				}
				if got, err := cluster.Get[*sized](b.lookups, b.widgets, "", "a"); err != nil || got.Spec.Size != "3" {
					t.Errorf("widget: %+v, %v", got, err)
				}
				lines := b.logged.FilterLevelExact(zap.WarnLevel).FilterMessage("watch failed, retrying").All()
				if len(lines) != 1 || lines[0].ContextMap()["resource"] != "rings" {
					t.Errorf("logged %v", lines)
				}
			})
		})
	}
}

// Lookups discovers the optional kinds of both tables.
func TestOptionalKinds(t *testing.T) {
	judged, lookedUp := optionalKinds()
	for _, k := range kinds.Table {
		if slices.Contains(judged, k) != k.Optional {
			t.Errorf("%s is optional: %t", k.Kind, k.Optional)
		}
	}
	for _, k := range cluster.Kinds {
		if slices.Contains(lookedUp, k) != k.Optional {
			t.Errorf("%s is optional: %t", k.Kind, k.Optional)
		}
	}
}
