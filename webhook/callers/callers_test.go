package callers

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"fargate-webhook/internal/secretpath"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// accepted accepts the paths in it.
type accepted []string

func (a accepted) AcceptsPath(segment string) bool { return secretpath.Match(segment, a) }

func (m *Metrics) of(reason string) float64 {
	return testutil.ToFloat64(m.count.WithLabelValues(reason))
}

// body fails the test if it is read.
type body struct{ t *testing.T }

func (b body) Read([]byte) (int, error) {
	b.t.Error("the body of a refused caller is read")
	return 0, io.EOF
}

// seen is what the handler behind a Guard got.
type seen struct {
	path, uri string
	proof     Proof
}

func TestGuard(t *testing.T) {
	current, former, other := secretpath.New(), secretpath.New(), secretpath.New()
	verified := &tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{{}}}}
	for name, c := range map[string]struct {
		paths Paths
		tls   *tls.ConnectionState
		path  string
		want  *seen // nil: refused
	}{
		"current path":               {accepted{current, former}, &tls.ConnectionState{}, "/" + current + "/validate/pods", &seen{"/validate/pods", "/validate/pods?timeout=5s", Path}},
		"former path":                {accepted{current, former}, nil, "/" + former + "/mutate/pods", &seen{"/mutate/pods", "/mutate/pods?timeout=5s", Path}},
		"path and certificate":       {accepted{current}, verified, "/" + current + "/mutate/pods", &seen{"/mutate/pods", "/mutate/pods?timeout=5s", Certificate}},
		"certificate, not the path":  {accepted{current}, verified, "/mutate/pods", nil},
		"no path":                    {accepted{current, former}, nil, "/validate/pods", nil},
		"another path":               {accepted{current, former}, nil, "/" + other + "/validate/pods", nil},
		"a part of it":               {accepted{current}, nil, "/" + current[:20] + "/validate/pods", nil},
		"path twice":                 {accepted{current}, nil, "/" + current + "/" + current + "/validate/pods", &seen{"/" + current + "/validate/pods", "/" + current + "/validate/pods?timeout=5s", Path}},
		"path at the end":            {accepted{current}, nil, "/validate/pods/" + current, nil},
		"root":                       {accepted{current}, nil, "/", nil},
		"nothing is accepted yet":    {accepted{}, nil, "/validate/pods", nil},
		"nothing is checked":         {nil, nil, "/validate/pods", &seen{"/validate/pods", "/validate/pods?timeout=5s", Unproven}},
		"only certificates":          {nil, verified, "/validate/pods", &seen{"/validate/pods", "/validate/pods?timeout=5s", Certificate}},
		"a certificate, not checked": {nil, &tls.ConnectionState{PeerCertificates: []*x509.Certificate{{}}}, "/validate/pods", &seen{"/validate/pods", "/validate/pods?timeout=5s", Unproven}},
	} {
		t.Run(name, func(t *testing.T) {
			core, logs := observer.New(zap.DebugLevel)
			counted := NewMetrics()
			var got *seen
			guard := &Guard{Paths: c.paths, Metrics: counted, Logger: zap.New(core)}
			handler := guard.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				got = &seen{path: r.URL.Path, uri: r.RequestURI, proof: ProofOf(r.Context())}
			}))
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, c.path+"?timeout=5s", body{t})
			r.TLS = c.tls
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if (c.want == nil) != (got == nil) || got != nil && *got != *c.want {
				t.Fatalf("have %+v, want %+v", got, c.want)
			}
			if c.want != nil {
				return
			}
			if w.Code != http.StatusNotFound || counted.of("path") != 1 {
				t.Errorf("status %d, %v counted", w.Code, counted.of("path"))
			}
			told := fmt.Sprint(w.Body, w.Header(), logs.All())
			for _, secret := range []string{current, former, other, current[:20]} {
				if strings.Contains(told, secret) {
					t.Errorf("a path is told: %s", told)
				}
			}
		})
	}
}

// Somebody who knocks again and again doesn't fill the log.
func TestGuardLogsSparsely(t *testing.T) {
	core, logs := observer.New(zap.DebugLevel)
	counted := NewMetrics()
	handler := (&Guard{Paths: accepted{}, Metrics: counted, Logger: zap.New(core)}).Wrap(http.NotFoundHandler())
	for range 1000 {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/validate/pods", http.NoBody))
	}
	if counted.of("path") != 1000 || logs.Len() < 1 || logs.Len() > 2 {
		t.Errorf("%v counted, %d lines", counted.of("path"), logs.Len())
	}
}

// A handler that no Guard is in front of doesn't take its callers for proven.
func TestProofIsUnprovenByDefault(t *testing.T) {
	if got := ProofOf(t.Context()); got != Unproven {
		t.Error(got)
	}
}

func TestMetricsRegister(t *testing.T) {
	registry := prometheus.NewRegistry()
	if err := NewMetrics().Register(registry); err != nil {
		t.Error(err)
	}
	if count, err := testutil.GatherAndCount(registry, "fargate_webhook_refused_callers_total"); count != 2 || err != nil {
		t.Errorf("%d series before the first caller, %v", count, err)
	}
	var twice prometheus.AlreadyRegisteredError
	if err := NewMetrics().Register(registry); !errors.As(err, &twice) {
		t.Error(err)
	}
}
