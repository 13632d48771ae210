package webhook

import (
	"net/http"
	"runtime"
	"sync"
	"time"

	"go.uber.org/zap"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/internal/survive"
	"fargate-webhook/kinds"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
	"fargate-webhook/webhook/audit"
	"fargate-webhook/webhook/callers"
	"fargate-webhook/webhook/intake"
	"fargate-webhook/webhook/metrics"
	"fargate-webhook/webhook/workloads"
)

// Profiles are the Fargate profiles as they are known at the moment.
type Profiles interface {
	// Ready returns an error until they have been read once.
	Ready() error
	Index() *profiles.Index
	// Earlier are Indexes that other replicas may still decide by.
	Earlier() []*profiles.Index
}

// Dependencies are what the handlers decide with.
type Dependencies struct {
	Profiles Profiles
	Policy   policy.Policy
	// Cluster returns other objects of the cluster, nil for none.
	Cluster cluster.Reader
	// LookupsReady returns an error while Cluster doesn't know everything yet; nil if it always
	// does.
	LookupsReady func() error
	Audit        *audit.Log
	// AuditMutations writes audit lines of changed objects too.
	AuditMutations bool
	// Metrics counts what is answered, nil for nothing.
	Metrics *metrics.Metrics
	// Workloads writes events on workloads about what their pods are warned of, nil for none.
	Workloads *workloads.Reporter
	// Gate bounds the requests in flight, nil for the limits of a process with 1 GiB.
	Gate   *intake.Gate
	Logger *zap.Logger
}

// Handlers returns the HTTP handlers by path: of each kind, one that changes objects and one that
// judges them. Which of them the API server calls is for the registration to say.
func Handlers(d Dependencies) map[string]http.Handler {
	handlers := map[string]http.Handler{}
	if d.Gate == nil {
		d.Gate = intake.NewGate(intake.For(0, runtime.GOMAXPROCS(0)))
	}
	for _, k := range kinds.Table {
		decoded := shapesOf(k)
		handlers[k.ValidatePath()] = &handler{Dependencies: d, kind: k, shapes: decoded, counts: d.Metrics.Path(k, false)}
		if k.Mutated != nil {
			handlers[k.MutatePath()] = &handler{Dependencies: d, kind: k, shapes: decoded, mutates: true, counts: d.Metrics.Path(k, true)}
		}
	}
	return handlers
}

// handler answers the reviews of one path, which is for one kind.
type handler struct {
	Dependencies
	kind *kinds.Kind
	shapes
	// mutates is true where the answer is a patch, and nothing is refused but what isn't a review
	// of the kind.
	mutates bool
	// answers has rooms for answers.
	answers sync.Pool
	// counts has the counters of the path, nil for none.
	counts *metrics.Path
}

// ServeHTTP answers one review. Anything else gets an HTTP error, which the API server treats as
// the registered failurePolicy says.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	h.counts.Began()
	var a metrics.Answer
	err := survive.Call(func() error {
		h.serve(w, r, &a)
		return nil
	})
	if err != nil {
		a.Outcome = metrics.Failed
		h.failed(w, r, err)
	}
	h.counts.Answered(&a, time.Since(began))
}

// serve answers one review, and notes how in a.
func (h *handler) serve(w http.ResponseWriter, r *http.Request, a *metrics.Answer) {
	visit := h.Gate.Enter()
	defer visit.Leave()
	req, err := h.readReview(w, r, &visit)
	if err == nil {
		err = h.ready()
	}
	if err != nil {
		a.Outcome = h.fail(w, r, err)
		return
	}
	a.Operation, a.SubResource, a.DryRun = req.Operation, req.SubResource, req.DryRun != nil && *req.DryRun
	a.Object = req.object
	req.caller = callers.ProofOf(r.Context())
	h.write(w, h.answer(r.Context(), req, a))
}

// ready keeps a webhook that knows no profiles yet, or not what selects pods, from answering as if
// there were none: the replica that is asked next would contradict it.
func (h *handler) ready() error {
	if err := h.Profiles.Ready(); err != nil {
		return &httpError{code: http.StatusServiceUnavailable, text: err.Error()}
	}
	if h.LookupsReady != nil {
		if err := h.LookupsReady(); err != nil {
			return &httpError{code: http.StatusServiceUnavailable, text: "caches not synced: " + err.Error()}
		}
	}
	return nil
}
