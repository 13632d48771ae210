package registration

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	clienttesting "k8s.io/client-go/testing"
)

// change makes somebody else's change to the mutating configuration.
func (p *parts) change(t *testing.T, change func(*admissionv1.MutatingWebhookConfiguration)) {
	t.Helper()
	hooks := p.client.AdmissionregistrationV1().MutatingWebhookConfigurations()
	live, err := hooks.Get(t.Context(), MutatingName, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	change(live)
	if _, err := hooks.Update(t.Context(), live, metav1.UpdateOptions{FieldManager: "kim"}); err != nil {
		t.Fatal(err)
	}
}

// remove deletes both configurations, as somebody in a hurry does.
func (p *parts) remove(t *testing.T) {
	t.Helper()
	hooks := p.client.AdmissionregistrationV1()
	err := errors.Join(
		hooks.MutatingWebhookConfigurations().Delete(t.Context(), MutatingName, metav1.DeleteOptions{}),
		hooks.ValidatingWebhookConfigurations().Delete(t.Context(), ValidatingName, metav1.DeleteOptions{}),
	)
	if err != nil {
		t.Fatal(err)
	}
}

// live is the mutating configuration as it is.
func (p *parts) live(t *testing.T) *admissionv1.MutatingWebhookConfiguration {
	t.Helper()
	live, err := p.client.AdmissionregistrationV1().MutatingWebhookConfigurations().Get(t.Context(), MutatingName, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return live
}

// repairs is how often each configuration was repaired.
func (p *parts) repairs() (mutating, validating float64) {
	counter := p.registrar.RepairCounter
	return testutil.ToFloat64(counter.WithLabelValues(MutatingName)), testutil.ToFloat64(counter.WithLabelValues(ValidatingName))
}

// applies counts the requests that write.
func (p *parts) applies() int {
	count := 0
	for _, action := range p.client.Actions() {
		if action.GetVerb() == "patch" {
			count++
		}
	}
	return count
}

// What somebody deleted is back within seconds, told and counted.
func TestRestores(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newParts()
		defer p.run(t)()
		time.Sleep(time.Minute)
		p.remove(t)
		time.Sleep(settle)
		p.want(t, "CA1", appsScope)
		if mutating, validating := p.repairs(); mutating != 1 || validating != 1 {
			t.Errorf("%v and %v repairs", mutating, validating)
		}
		if lines := p.logged.FilterMessage("deleted webhook configuration applied again").Len(); lines != 2 {
			t.Errorf("%d lines", lines)
		}
	})
}

// Whatever somebody changes of what is ours is put back, and the line says what it was and who.
func TestRepairs(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*admissionv1.MutatingWebhookConfiguration)
		want   string
		by     string // empty where the API server doesn't record it
	}{
		"failure policy": {func(c *admissionv1.MutatingWebhookConfiguration) {
			c.Webhooks[0].FailurePolicy = new(admissionv1.Ignore)
		}, "webhooks[pods.mutate.fargate-webhook].failurePolicy", "kim"},
		"object selector": {func(c *admissionv1.MutatingWebhookConfiguration) {
			c.Webhooks[0].ObjectSelector = &metav1.LabelSelector{MatchLabels: map[string]string{"no": "pod"}}
		}, "webhooks[pods.mutate.fargate-webhook].objectSelector", "kim"},
		"condition": {func(c *admissionv1.MutatingWebhookConfiguration) {
			c.Webhooks[0].MatchConditions[0].Expression = "false"
		}, "webhooks[pods.mutate.fargate-webhook].matchConditions", "kim"},
		"one more condition": {func(c *admissionv1.MutatingWebhookConfiguration) {
			c.Webhooks[0].MatchConditions = append(c.Webhooks[0].MatchConditions, admissionv1.MatchCondition{Name: "never", Expression: "false"})
		}, "webhooks[pods.mutate.fargate-webhook].matchConditions", "kim"},
		"a webhook": {func(c *admissionv1.MutatingWebhookConfiguration) {
			c.Webhooks = c.Webhooks[1:]
		}, "webhooks[pods.mutate.fargate-webhook]", ""},
		"all": {func(c *admissionv1.MutatingWebhookConfiguration) { c.Webhooks = nil }, "webhooks[pods.mutate.fargate-webhook]", ""},
		"label": {func(c *admissionv1.MutatingWebhookConfiguration) {
			c.Labels["app.kubernetes.io/name"] = "other"
		}, "metadata.labels[app.kubernetes.io/name]", "kim"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newParts()
				defer p.run(t)()
				time.Sleep(time.Minute)
				before := p.live(t)
				p.change(t, c.change)
				time.Sleep(settle)
				synctest.Wait()
				was, _ := shapeOf(before)
				is, _ := shapeOf(p.live(t))
				if changed := was.drift(is); len(changed) > 0 {
					t.Errorf("still changed are %v", changed)
				}
				lines := p.logged.FilterMessage("changed webhook configuration applied again").All()
				if len(lines) != 1 {
					t.Fatalf("%d lines", len(lines))
				}
				fields := lines[0].ContextMap()
				changed, _ := fields["changed"].([]any)
				if !slices.ContainsFunc(changed, func(path any) bool { return path == c.want }) || fields["by"] != c.by || fields["configuration"] != MutatingName {
					t.Errorf("told %v", fields)
				}
				if mutating, validating := p.repairs(); mutating != 1 || validating != 0 {
					t.Errorf("%v and %v repairs", mutating, validating)
				}
			})
		})
	}
}

// What others add beside what is ours stays, and nothing is applied because of it, nor while
// nothing changes.
func TestLeavesOthersAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newParts()
		defer p.run(t)()
		time.Sleep(time.Minute)
		p.change(t, func(c *admissionv1.MutatingWebhookConfiguration) {
			c.Labels["team"] = "a"
			c.Annotations = map[string]string{"seen": "1"}
			c.Webhooks = append(c.Webhooks, admissionv1.MutatingWebhook{Name: "one.of.others"})
		})
		time.Sleep(time.Hour)
		if live := p.live(t); live.Labels["team"] != "a" || live.Annotations["seen"] != "1" || p.applies() != 2 {
			t.Errorf("%d applies; left are %v, %v", p.applies(), live.Labels, live.Annotations)
		}
	})
}

// Somebody who undoes each repair at once is answered ever more seldom, and quickly again after
// some quiet.
func TestFight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newParts()
		defer p.run(t)()
		time.Sleep(time.Minute)
		undo := func(c *admissionv1.MutatingWebhookConfiguration) {
			c.Webhooks[0].FailurePolicy = new(admissionv1.Ignore)
		}
		for range 360 { // an hour
			p.change(t, undo)
			time.Sleep(10 * time.Second)
		}
		mutating, _ := p.repairs()
		if mutating < 12 || mutating > 22 { // 1, 2, 4 … 256 s, then each 5 minutes
			t.Errorf("%v repairs in an hour", mutating)
		}
		time.Sleep(2 * maxBackoff)
		before, _ := p.repairs()
		time.Sleep(maxBackoff)
		p.change(t, undo)
		time.Sleep(settle)
		synctest.Wait()
		if after, _ := p.repairs(); after != before+1 {
			t.Errorf("%v repairs after the quiet, %v before", after, before)
		}
	})
}

// Without the right to watch, changes are found at the next resync; that is logged once.
func TestRepairsWithoutWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newParts()
		p.client.PrependWatchReactor("*", func(clienttesting.Action) (bool, watch.Interface, error) {
			return true, nil, errors.New("forbidden")
		})
		defer p.run(t)()
		time.Sleep(time.Minute)
		p.remove(t)
		time.Sleep(resync)
		p.want(t, "CA1", appsScope)
		if lines := p.logged.FilterMessageSnippet("watch of a webhook configuration failed").Len(); lines != 2 {
			t.Errorf("%d lines for two configurations", lines)
		}
	})
}

// A watch that ends, as the API server ends each, is opened again, and what happened meanwhile is
// found.
func TestWatchesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newParts()
		watches := make(chan *watch.FakeWatcher, 100)
		p.client.PrependWatchReactor("*", func(clienttesting.Action) (bool, watch.Interface, error) {
			w := watch.NewFake()
			watches <- w
			return true, w, nil
		})
		defer p.run(t)()
		time.Sleep(time.Minute)
		p.remove(t)
		(<-watches).Stop()
		(<-watches).Stop()
		time.Sleep(time.Second + settle)
		p.want(t, "CA1", appsScope)
		if len(watches) != 2 {
			t.Errorf("%d watches", len(watches))
		}
	})
}

// A repair that the API server refuses at first is made later, and counted once.
func TestRepairsLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newParts()
		var refusals atomic.Int32
		p.client.PrependReactor("patch", "mutatingwebhookconfigurations", func(clienttesting.Action) (bool, runtime.Object, error) {
			return refusals.Add(-1) >= 0, nil, errors.New("not now")
		})
		defer p.run(t)()
		time.Sleep(time.Minute)
		refusals.Store(2)
		p.remove(t)
		time.Sleep(settle + firstRetry + 2*firstRetry)
		p.want(t, "CA1", appsScope)
		if mutating, validating := p.repairs(); mutating != 1 || validating != 1 {
			t.Errorf("%v and %v repairs", mutating, validating)
		}
	})
}

// A run that begins takes over what is there, whoever left it so: that is no repair.
func TestBeginsWithoutRepair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newParts()
		p.run(t)()
		p.change(t, func(c *admissionv1.MutatingWebhookConfiguration) { c.Webhooks[0].ClientConfig.CABundle = []byte("old") })
		defer p.run(t)()
		p.want(t, "CA1", appsScope)
		time.Sleep(time.Hour)
		if mutating, _ := p.repairs(); mutating != 0 {
			t.Errorf("%v repairs", mutating)
		}
	})
}

// Both names are there from the start, and a registerer that has the counter hands it out again.
func TestNewRepairs(t *testing.T) {
	registry := prometheus.NewRegistry()
	first, err := NewRepairCounter(registry)
	if err != nil {
		t.Fatal(err)
	}
	first.WithLabelValues(MutatingName).Inc()
	second, err := NewRepairCounter(registry)
	if err != nil || second != first || testutil.CollectAndCount(first) != 2 {
		t.Errorf("%v; %d series", err, testutil.CollectAndCount(first))
	}
	taken := prometheus.NewRegistry()
	taken.MustRegister(prometheus.NewGauge(prometheus.GaugeOpts{Name: "fargate_webhook_registration_repairs_total", Help: "another"}))
	if _, err := NewRepairCounter(taken); err == nil {
		t.Error("no error where the name is taken")
	}
}

// The patch names places by index, so it holds for one version of the object only, and goes from
// the end.
func TestWithoutOurs(t *testing.T) {
	want, live := new(shape), new(shape)
	hook := func(name, policy string) map[string]any { return map[string]any{"name": name, "failurePolicy": policy} }
	want.Webhooks = []map[string]any{hook("a", "Fail"), hook("b", "Fail"), hook("c", "Fail")}
	live.Webhooks = []map[string]any{hook("a", "Ignore"), hook("other", "Ignore"), hook("b", "Fail"), hook("c", "Ignore")}
	live.Metadata.ResourceVersion = "7"
	patch, err := want.removalPatch(live)
	const wanted = `[{"op":"test","path":"/metadata/resourceVersion","value":"7"},{"op":"remove","path":"/webhooks/3"},{"op":"remove","path":"/webhooks/0"}]`
	if err != nil || string(patch) != wanted || !json.Valid(patch) || strings.Contains(string(patch), "other") {
		t.Errorf("%s, %v", patch, err)
	}
}
