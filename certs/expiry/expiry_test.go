package expiry

import (
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"fargate-webhook/internal/events"
	"fargate-webhook/internal/kube/kubetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// inHand is a Source with what the test says.
type inHand struct {
	mutex    sync.Mutex
	leaf, ca *x509.Certificate
}

func (s *inHand) InUse() (leaf, ca *x509.Certificate) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.leaf, s.ca
}

func (s *inHand) set(leaf, ca *x509.Certificate) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.leaf, s.ca = leaf, ca
}

// valid is a certificate that is valid for a time from now on.
func valid(serial int64, life time.Duration) *x509.Certificate {
	return &x509.Certificate{SerialNumber: big.NewInt(serial), NotBefore: time.Now(), NotAfter: time.Now().Add(life)}
}

// reporting runs reporters of two replicas, each with its certificates, in the bubble until the test
// ends.
func reporting(t *testing.T, client kubetest.Client, sources ...Source) *observer.ObservedLogs {
	t.Helper()
	core, lines := observer.New(zap.DebugLevel)
	for _, source := range sources {
		r := &Reporter{Source: source, Deployment: &events.Deployment{Client: client, Namespace: "own", Name: "hook"}, Logger: zap.New(core)}
		done := make(chan error)
		ctx := t.Context()
		go func() { done <- r.Start(ctx) }()
		t.Cleanup(func() {
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
	return lines
}

// eventsOf returns the events, sorted.
func eventsOf(t *testing.T, client kubetest.Client) (list []string) {
	t.Helper()
	found, err := client.EventsV1().Events("own").List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range found.Items {
		list = append(list, fmt.Sprintf("%s %s %s: %s", e.Name, e.Type, e.Reason, e.Note))
	}
	slices.Sort(list)
	return list
}

// A certificate that nobody renews is reported in its last quarter, when it has expired, and when it
// was renewed after all: once each, by all replicas together.
func TestReportsLateCertificates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, source := kubetest.NewClient(), &inHand{}
		reporting(t, client, source, source)
		time.Sleep(time.Minute) // there is nothing yet
		source.set(valid(0x1a, 8*time.Hour), valid(0xca, 1000*time.Hour))
		time.Sleep(6*time.Hour - time.Minute)
		if got := eventsOf(t, client); got != nil {
			t.Errorf("reported too early: %q", got)
		}
		time.Sleep(2 * time.Minute)
		want := []string{"hook.certificate.1a.expiring Warning CertificateExpiring: The serving certificate expires at 2000-01-01T08:01:00Z and was not renewed in time. Once it has expired the API server can't call the webhook."}
		if diff := cmp.Diff(want, eventsOf(t, client)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		time.Sleep(3 * time.Hour)
		want = append([]string{"hook.certificate.1a.expired Warning CertificateExpired: The serving certificate expired at 2000-01-01T08:01:00Z: the API server can't call the webhook."}, want...)
		if diff := cmp.Diff(want, eventsOf(t, client)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		source.set(valid(0x2b, 8*time.Hour), valid(0xca, 1000*time.Hour))
		time.Sleep(time.Hour)
		if got := eventsOf(t, client); len(got) != 3 || !strings.HasPrefix(got[2], "hook.certificate.1a.renewed Normal CertificateRenewed: The serving certificate was renewed: the new one expires at 2000-01-01T1") {
			t.Errorf("events %q", got)
		}
	})
}

// One that was followed by another late one is reported again.
func TestReportsEachCertificate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, source := kubetest.NewClient(), &inHand{}
		ca := valid(0xca, 4*time.Hour)
		source.set(nil, ca)
		lines := reporting(t, client, source)
		time.Sleep(3*time.Hour + time.Minute)
		if got := eventsOf(t, client); len(got) != 1 || !strings.Contains(got[0], "The ca certificate") {
			t.Errorf("events %q", got)
		}
		other := valid(0xcb, 30*time.Minute)
		other.NotBefore = ca.NotBefore
		source.set(nil, other)
		time.Sleep(time.Minute)
		if got := eventsOf(t, client); len(got) != 2 || lines.Len() != 2 {
			t.Errorf("events %q, %d lines", got, lines.Len())
		}
	})
}

// An event that can't be created is tried again, with one line.
func TestReporterTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, source := kubetest.NewClient(), &inHand{}
		var up atomic.Bool
		client.PrependReactor("create", "events", func(clienttesting.Action) (bool, runtime.Object, error) { return !up.Load(), nil, errors.New("down") })
		source.set(valid(1, time.Minute), nil)
		lines := reporting(t, client, source)
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := lines.FilterMessage("event about a certificate failed, retrying").Len(); got != 1 {
			t.Errorf("%d lines", got)
		}
		up.Store(true)
		time.Sleep(time.Minute)
		if got := eventsOf(t, client); len(got) != 1 || !strings.Contains(got[0], reasonExpired) {
			t.Errorf("events %q", got)
		}
	})
}

// A certificate is late in the last quarter of its life, and at most 30 days before its end.
func TestLate(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for life, want := range map[time.Duration]time.Duration{8 * time.Hour: 6 * time.Hour, 365 * 24 * time.Hour: 335 * 24 * time.Hour} {
		if got := late(&x509.Certificate{NotBefore: start, NotAfter: start.Add(life)}).Sub(start); got != want {
			t.Errorf("valid for %s: late after %s, want %s", life, got, want)
		}
	}
}

func TestMetric(t *testing.T) {
	source := &inHand{}
	if n := testutil.CollectAndCount(Collector{source}); n != 0 {
		t.Errorf("%d metrics of nothing", n)
	}
	source.set(&x509.Certificate{NotAfter: time.Unix(1000, 0)}, &x509.Certificate{NotAfter: time.Unix(2000, 0)})
	want := `
# HELP fargate_webhook_certificate_expiry_timestamp_seconds When the certificate in use expires: the one to serve with (serving), and the CA that has signed it (ca).
# TYPE fargate_webhook_certificate_expiry_timestamp_seconds gauge
fargate_webhook_certificate_expiry_timestamp_seconds{certificate="ca"} 2000
fargate_webhook_certificate_expiry_timestamp_seconds{certificate="serving"} 1000
`
	if err := testutil.CollectAndCompare(Collector{source}, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}
