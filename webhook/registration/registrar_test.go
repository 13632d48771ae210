package registration

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clienttesting "k8s.io/client-go/testing"

	"fargate-webhook/internal/kube/kubetest"
	"fargate-webhook/kinds"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// parts are what a Registrar works with, as the test sets them.
type parts struct {
	mutex       sync.Mutex
	unready     map[string]error // of "certificate", "profiles", "lookups", "endpoint"
	bundle      string
	index       *profiles.Index
	caNews      chan struct{}
	profileNews chan struct{}
	lookupNews  chan struct{}
	// served are the versions of optional kinds.
	served    map[*kinds.Kind]string
	client    kubetest.Client
	logged    *observer.ObservedLogs
	registrar *Registrar
}

type fakeCertificates struct{ *parts }

func (f fakeCertificates) Ready() error             { return f.why("certificate") }
func (f fakeCertificates) Changes() <-chan struct{} { return f.caNews }
func (f fakeCertificates) CABundle(context.Context) ([]byte, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return []byte(f.bundle), f.unready["bundle"]
}

type fakeProfiles struct{ *parts }

func (f fakeProfiles) Ready() error             { return f.why("profiles") }
func (f fakeProfiles) Changes() <-chan struct{} { return f.profileNews }
func (f fakeProfiles) Index() *profiles.Index {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return f.index
}

type fakeLookups struct{ *parts }

func (f fakeLookups) Ready() error             { return f.why("lookups") }
func (f fakeLookups) Changes() <-chan struct{} { return f.lookupNews }
func (f fakeLookups) Served() map[*kinds.Kind]string {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return f.served
}

func (p *parts) why(part string) error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.unready[part]
}

// set makes a change under the lock.
func (p *parts) set(change func()) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	change()
}

func newParts() *parts {
	core, logged := observer.New(zap.InfoLevel)
	repairs, err := NewRepairCounter(prometheus.NewRegistry())
	if err != nil {
		panic(err)
	}
	p := &parts{
		unready: map[string]error{}, bundle: "CA1", index: indexOf("apps"), logged: logged,
		caNews: make(chan struct{}, 1), profileNews: make(chan struct{}, 1), lookupNews: make(chan struct{}, 1), client: kubetest.NewClient(),
	}
	p.registrar = &Registrar{
		Client:       p.client,
		Certificates: fakeCertificates{p},
		Profiles:     fakeProfiles{p},
		Lookups:      fakeLookups{p},
		Options: func(context.Context) (Options, error) {
			return Options{Target: Target{URL: "https://127.0.0.1:9443"}, ExemptNamespaces: []string{"own"}, Policy: policyWith(policy.Warn, false)}, nil
		},
		Reachable:     func(context.Context) error { return p.why("endpoint") },
		RepairCounter: repairs,
		Logger:        zap.New(core),
	}
	return p
}

// run runs the Registrar in the bubble and returns what ends it.
func (p *parts) run(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.registrar.Run(ctx)
	}()
	synctest.Wait()
	return func() {
		cancel()
		<-ended
	}
}

// registered returns CA and scope of the mutating configuration; empty if one of both
// configurations is not there or they differ.
func (p *parts) registered(t *testing.T) (ca, scope string) {
	t.Helper()
	mutating, err := p.client.AdmissionregistrationV1().MutatingWebhookConfigurations().Get(t.Context(), MutatingName, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return "", ""
	}
	if err != nil {
		t.Fatal(err)
	}
	validating, err := p.client.AdmissionregistrationV1().ValidatingWebhookConfigurations().Get(t.Context(), ValidatingName, metav1.GetOptions{})
	if err != nil {
		return "", ""
	}
	hook := mutating.Webhooks[0]
	ca, scope = string(hook.ClientConfig.CABundle), scopeIn(hook.NamespaceSelector, hook.MatchConditions)
	for _, other := range validating.Webhooks {
		its := scopeIn(other.NamespaceSelector, other.MatchConditions)
		judged := its == "aws-observability" // whatever profiles select
		if string(other.ClientConfig.CABundle) != ca || !judged && its != scope {
			t.Errorf("%s differs from the mutating configuration", other.Name)
		}
	}
	return ca, scope
}

// scopeIn returns the scope of a webhook: the names that its selector lists, or else the first part of
// its condition.
func scopeIn(selector *metav1.LabelSelector, conditions []admissionv1.MatchCondition) string {
	if first := selector.MatchExpressions[0]; first.Operator == metav1.LabelSelectorOpIn {
		return strings.Join(first.Values, " ")
	}
	first, _, _ := strings.Cut(conditions[0].Expression, ") && (")
	return strings.TrimSuffix(strings.TrimPrefix(first, "("), ")")
}

func (p *parts) want(t *testing.T, wantCA, wantScope string) {
	t.Helper()
	synctest.Wait()
	if ca, scope := p.registered(t); ca != wantCA || scope != wantScope {
		t.Errorf("registered are CA %q, scope %q; want %q, %q", ca, scope, wantCA, wantScope)
	}
}

const appsScope = "apps"

// Nothing is registered before there is somebody to answer, with a certificate, with profiles and
// with knowledge of the cluster (S28).
func TestRegistersWhenReady(t *testing.T) {
	for _, part := range []string{"certificate", "profiles", "lookups", "endpoint"} {
		t.Run(part, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newParts()
				p.unready[part] = errors.New("none yet")
				stop := p.run(t)
				time.Sleep(10 * time.Minute)
				p.want(t, "", "")
				if lines := p.logged.FilterField(zap.Error(errors.New("none yet"))).Len(); lines > 1 {
					t.Errorf("%d lines for one reason", lines)
				}
				p.set(func() { clear(p.unready) })
				time.Sleep(lastRetry)
				p.want(t, "CA1", appsScope)
				stop()
				p.want(t, "CA1", appsScope) // a restart leaves no hole
			})
		})
	}
}

// A change of CA or profiles is registered at once, and each change is one line.
func TestFollowsChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newParts()
		defer p.run(t)()
		p.want(t, "CA1", appsScope)
		p.set(func() { p.bundle = "CA2CA1" })
		p.caNews <- struct{}{}
		p.want(t, "CA2CA1", appsScope)
		p.set(func() { p.index = indexOf("other") })
		p.profileNews <- struct{}{}
		p.want(t, "CA2CA1", "other")
		p.profileNews <- struct{}{} // nothing new
		time.Sleep(time.Hour)
		if lines := p.logged.FilterMessage("registered").Len(); lines != 3 {
			t.Errorf("%d lines for three registrations", lines)
		}
	})
}

// An optional kind is registered in the version in which it is served, and no longer than that.
func TestFollowsOptionalKinds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newParts()
		defer p.run(t)()
		for _, version := range []string{"", "v1beta1", "v1", ""} {
			p.set(func() {
				p.served = map[*kinds.Kind]string{}
				if version != "" {
					p.served[kinds.TargetGroupConfigurations] = version
				}
			})
			p.lookupNews <- struct{}{}
			synctest.Wait()
			configuration, err := p.client.AdmissionregistrationV1().MutatingWebhookConfigurations().Get(t.Context(), MutatingName, metav1.GetOptions{})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for i := range configuration.Webhooks {
				if rule := configuration.Webhooks[i].Rules[0]; rule.Resources[0] == kinds.TargetGroupConfigurations.Resource {
					got = rule.APIVersions[0]
				}
			}
			if got != version {
				t.Errorf("registered in version %q, served in %q", got, version)
			}
		}
	})
}

// An API server that refuses is asked again ever more seldom, and the reason names the
// configuration.
func TestRetries(t *testing.T) {
	for resource, name := range map[string]string{
		"mutatingwebhookconfigurations": MutatingName, "validatingwebhookconfigurations": ValidatingName,
	} {
		t.Run(resource, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newParts()
				refusals := 0
				p.client.PrependReactor("patch", resource, func(clienttesting.Action) (bool, runtime.Object, error) {
					if refusals == 8 {
						return false, nil, nil
					}
					refusals++
					return true, nil, apierrors.NewForbidden(schema.GroupResource{Resource: resource}, name, nil)
				})
				start := time.Now()
				defer p.run(t)()
				// 1 + 2 + 4 + 8 + 10 + 10 + 10 + 10 seconds
				time.Sleep(54 * time.Second)
				p.want(t, "", "")
				time.Sleep(time.Second)
				p.want(t, "CA1", appsScope)
				if refusals != 8 || time.Since(start) != 55*time.Second {
					t.Errorf("%d refusals in %s", refusals, time.Since(start))
				}
				warnings := p.logged.FilterLevelExact(zap.WarnLevel).All()
				if len(warnings) != 1 || !strings.Contains(fmt.Sprint(warnings[0].ContextMap()["error"]), name) {
					t.Errorf("the warnings do not name %s: %v", name, warnings)
				}
			})
		})
	}
}

// A leader that lost its Lease and holds it again registers what changed in between (leader.Elected
// runs the Registrar again).
func TestRunsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newParts()
		stop := p.run(t)
		p.want(t, "CA1", appsScope)
		stop()
		p.set(func() { p.bundle = "CA2" })
		time.Sleep(resync)
		p.want(t, "CA1", appsScope)
		defer p.run(t)()
		p.want(t, "CA2", appsScope)
	})
}

// A turn that panics is retried as one that fails.
func TestSurvivesPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newParts()
		options, panics := p.registrar.Options, 2
		p.registrar.Options = func(ctx context.Context) (Options, error) {
			if panics--; panics >= 0 {
				panic("nobody has thought of this policy")
			}
			return options(ctx)
		}
		defer p.run(t)()
		p.want(t, "", "")
		time.Sleep(lastRetry)
		p.want(t, "CA1", appsScope)
		warnings := p.logged.FilterLevelExact(zap.WarnLevel).All()
		if len(warnings) != 1 || warnings[0].ContextMap()["stack"] == nil {
			t.Errorf("logged %v", warnings)
		}
	})
}
