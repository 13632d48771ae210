package registration

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/zap"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"fargate-webhook/internal/events"
	"fargate-webhook/policy"
)

// probing gives the Registrar a probe whose result the test sets with parts.unready["probe"].
func probing() *parts {
	p := newParts()
	p.registrar.Probe = func(context.Context) error { return p.why("probe") }
	p.registrar.Reach = &Reach{Deployment: &events.Deployment{Client: p.client, Namespace: "own", Name: "hook"}, Logger: p.registrar.Logger}
	return p
}

func (p *parts) probeFails(err error) { p.set(func() { p.unready["probe"] = err }) }

// policies returns the failure policies that are registered, by name of the webhook, and the
// longest timeout.
func (p *parts) policies(t *testing.T) (failure map[string]admissionv1.FailurePolicyType, timeout int32) {
	t.Helper()
	failure = map[string]admissionv1.FailurePolicyType{}
	mutating, err := p.client.AdmissionregistrationV1().MutatingWebhookConfigurations().List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range mutating.Items {
		for i := range c.Webhooks {
			failure[c.Webhooks[i].Name], timeout = *c.Webhooks[i].FailurePolicy, max(timeout, *c.Webhooks[i].TimeoutSeconds)
		}
	}
	validating, err := p.client.AdmissionregistrationV1().ValidatingWebhookConfigurations().List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range validating.Items {
		for i := range c.Webhooks {
			if c.Name != ProbeName {
				failure[c.Webhooks[i].Name], timeout = *c.Webhooks[i].FailurePolicy, max(timeout, *c.Webhooks[i].TimeoutSeconds)
			}
		}
	}
	return failure, timeout
}

// wantFailure checks the failure policy of pods, "" for none registered. With Ignore all have it.
func (p *parts) wantFailure(t *testing.T, want admissionv1.FailurePolicyType) {
	t.Helper()
	synctest.Wait()
	failure, timeout := p.policies(t)
	if got := failure["pods.validate.fargate-webhook"]; got != want || failure["pods.mutate.fargate-webhook"] != want {
		t.Errorf("failure policy %q, want %q", got, want)
	}
	wantTimeout := map[admissionv1.FailurePolicyType]int32{"": 0, admissionv1.Fail: policy.DefaultTimeout, admissionv1.Ignore: unreachedTimeout}
	if timeout != wantTimeout[want] {
		t.Errorf("timeout %d s under %q", timeout, want)
	}
	for name, f := range failure {
		if want == admissionv1.Ignore && f != want {
			t.Errorf("%s has %s", name, f)
		}
	}
}

// notes returns reasons and notes of the events about the Deployment.
func (p *parts) notes(t *testing.T) string {
	t.Helper()
	list, err := p.client.EventsV1().Events("own").List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, e := range list.Items {
		b.WriteString(e.Type + " " + e.Reason + ": " + e.Note + "\n")
	}
	return b.String()
}

// Nothing is registered before it is known whether probes arrive. If they do, it is registered as
// the policy says.
func TestRegistersWhatIsReached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := probing()
		p.probeFails(unproven("not yet"))
		defer p.run(t)()
		time.Sleep(patience / 2)
		p.wantFailure(t, "")
		p.probeFails(nil)
		time.Sleep(retryProbe)
		p.wantFailure(t, admissionv1.Fail)
		if notes := p.notes(t); notes != "" {
			t.Errorf("events %s", notes)
		}
		wantReach(t, p.registrar.Reach, "1", "1")
		p.registrar.Reach.compared(false)
		wantReach(t, p.registrar.Reach, "1", "0")
		p.registrar.Reach.forget()
		if n := testutil.CollectAndCount(p.registrar.Reach); n != 0 {
			t.Errorf("%d metrics of a replica that doesn't lead", n)
		}
	})
}

// wantReach compares the metrics.
func wantReach(t *testing.T, r *Reach, reached, applied string) {
	t.Helper()
	want := fmt.Sprintf("# HELP %s %s\n# TYPE %[1]s gauge\n%[1]s %[3]s\n", appliedMetric.Name, appliedMetric.Help, applied) +
		fmt.Sprintf("# HELP %s %s\n# TYPE %[1]s gauge\n%[1]s %[3]s\n", reachedMetric.Name, reachedMetric.Help, reached)
	if err := testutil.CollectAndCompare(r, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}

// A webhook that the API server can't call is registered with Ignore, whatever it was before, and
// says why; once it is reached, Fail is back.
func TestUnreachedIsIgnored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := probing()
		p.probeFails(unproven("port 9443 is closed"))
		defer p.run(t)()
		time.Sleep(patience + retryProbe)
		p.wantFailure(t, admissionv1.Ignore)
		if notes := p.notes(t); notes != "Warning WebhookUnreached: The webhook is registered with failurePolicy Ignore: port 9443 is closed\n" {
			t.Errorf("events %s", notes)
		}
		if lines := p.logged.FilterLevelExact(zap.WarnLevel).Len(); lines != 1 {
			t.Errorf("%d warnings", lines)
		}
		time.Sleep(time.Hour)
		p.wantFailure(t, admissionv1.Ignore)
		p.probeFails(nil)
		time.Sleep(retryUnreached)
		p.wantFailure(t, admissionv1.Fail)
		if notes := p.notes(t); strings.Count(notes, "\n") != 2 || !strings.Contains(notes, "Normal WebhookReached") {
			t.Errorf("events %s", notes)
		}

		// It is lost for less than it takes for Ignore, then for longer.
		p.probeFails(unproven("for a moment"))
		p.profileNews <- struct{}{} // so it probes now
		time.Sleep(patience / 2)
		p.wantFailure(t, admissionv1.Fail)
		p.probeFails(nil)
		time.Sleep(patience)
		p.wantFailure(t, admissionv1.Fail)
		p.probeFails(unproven("again"))
		time.Sleep(probeAgain + patience + retryProbe)
		p.wantFailure(t, admissionv1.Ignore)
	})
}

// An API server that doesn't answer the probe proves nothing: the registration stays as it is.
func TestSilenceProvesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := probing()
		defer p.run(t)()
		p.wantFailure(t, admissionv1.Fail)
		p.probeFails(errors.New("the API server is down"))
		time.Sleep(time.Hour)
		p.wantFailure(t, admissionv1.Fail)
		if lines := p.logged.FilterLevelExact(zap.WarnLevel).Len(); lines != 1 {
			t.Errorf("%d warnings", lines)
		}
		// What others change is put back all the same.
		hooks := p.client.AdmissionregistrationV1().MutatingWebhookConfigurations()
		if err := hooks.Delete(t.Context(), MutatingName, metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(settle)
		p.wantFailure(t, admissionv1.Fail)
	})
}

// A leader that can't register any more, or a new one that never could, still finds out that Fail
// blocks creates, and ends that.
func TestUnreadyIsIgnored(t *testing.T) {
	for _, part := range []string{"endpoint", "certificate", "lookups", "bundle"} {
		for _, newLeader := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, new leader %t", part, newLeader), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					p := probing()
					stop := p.run(t)
					p.wantFailure(t, admissionv1.Fail)
					if newLeader {
						stop()
						stop = nil
					}
					p.set(func() { p.unready[part] = errors.New("there is none") })
					if stop == nil {
						stop = p.run(t)
					}
					defer stop()
					// As long as probes arrive another replica answers.
					time.Sleep(10 * patience)
					p.wantFailure(t, admissionv1.Fail)
					p.probeFails(unproven("no endpoint"))
					time.Sleep(patience / 2)
					p.wantFailure(t, admissionv1.Fail)
					time.Sleep(probeAgain + patience)
					p.wantFailure(t, admissionv1.Ignore)
					if notes := p.notes(t); !strings.Contains(notes, "WebhookUnreached: The webhook is registered with failurePolicy Ignore: no endpoint") {
						t.Errorf("events %s", notes)
					}
					p.set(func() { delete(p.unready, part) })
					p.probeFails(nil)
					time.Sleep(probeAgain)
					p.wantFailure(t, admissionv1.Fail)
					if lines := p.logged.FilterMessageSnippet("applied again").Len(); lines != 0 {
						t.Errorf("%d repairs are logged", lines)
					}
				})
			})
		}
	}
}

// What isn't registered blocks nothing: an installation that never gets ready is not reported as
// unreached.
func TestUnreadyInstallation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := probing()
		p.set(func() { p.unready["endpoint"] = errors.New("there is none") })
		p.probeFails(unproven("no endpoint"))
		defer p.run(t)()
		time.Sleep(time.Hour)
		p.wantFailure(t, "")
		if notes := p.notes(t); notes != "" {
			t.Errorf("events %s", notes)
		}
	})
}

// A new leader that isn't sure yet leaves in place what it finds: a restart leaves no hole.
func TestNewLeaderKeepsWhatItFinds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := probing()
		stop := p.run(t)
		p.wantFailure(t, admissionv1.Fail)
		stop()
		if got := p.registrar.Reach.Summary(); got != "" {
			t.Errorf("a replica that doesn't lead says %q", got)
		}
		p.probeFails(unproven("not yet"))
		defer p.run(t)()
		time.Sleep(patience / 2)
		p.wantFailure(t, admissionv1.Fail)
		time.Sleep(patience)
		p.wantFailure(t, admissionv1.Ignore)
	})
}

// Somebody who deletes the probe's configuration gets it back.
func TestProbeIsRestored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := probing()
		defer p.run(t)()
		synctest.Wait()
		hooks := p.client.AdmissionregistrationV1().ValidatingWebhookConfigurations()
		if err := hooks.Delete(t.Context(), ProbeName, metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(settle)
		synctest.Wait()
		if _, err := hooks.Get(t.Context(), ProbeName, metav1.GetOptions{}); err != nil {
			t.Error(err)
		}
	})
}

// /readyz?verbose says what is known, and stays as it is else.
func TestReachVerbose(t *testing.T) {
	r := &Reach{Logger: zap.NewNop()}
	get := func(url string) string {
		recorder := httptest.NewRecorder()
		ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
		r.Verbose(ok).ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody))
		return recorder.Body.String()
	}
	if got := get("/?verbose"); got != "ok\n" {
		t.Errorf("before the first probe: %q", got)
	}
	for _, result := range []error{nil, unproven("closed")} {
		if _, err := r.note(t.Context(), result); err != nil {
			t.Fatal(err)
		}
		want := "ok\nregistration: the API server reaches the webhook\n"
		if result != nil {
			want = "ok\nregistration: probe failing for 0s: closed\n"
		}
		if got := get("/?verbose"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if got := get("/"); got != "ok\n" {
			t.Errorf("without verbose: %q", got)
		}
	}
}

// An event that can't be created is tried again.
func TestReachEventRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := probing()
		failures := 3
		p.client.PrependReactor("create", "events", failing(&failures))
		p.probeFails(unproven("closed"))
		defer p.run(t)()
		time.Sleep(patience + 5*retryUnreached)
		synctest.Wait()
		if notes := p.notes(t); strings.Count(notes, corev1.EventTypeWarning) != 1 {
			t.Errorf("events %s", notes)
		}
	})
}

// failing refuses as many requests as failures says.
func failing(failures *int) clienttesting.ReactionFunc {
	return func(clienttesting.Action) (bool, runtime.Object, error) {
		if *failures == 0 {
			return false, nil, nil
		}
		*failures--
		return true, nil, errors.New("no")
	}
}
