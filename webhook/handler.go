package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"slices"

	"go.uber.org/zap"
	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/internal/scan"
	"fargate-webhook/internal/survive"
	"fargate-webhook/kinds"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
	"fargate-webhook/webhook/audit"
	"fargate-webhook/webhook/callers"
	"fargate-webhook/webhook/intake"
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
	// Metrics counts what mode Observe would do, and what is refused unread; nil for nothing.
	Metrics *Metrics
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
		in, _, _ := emptyReview(k)
		shape := scan.ShapeOf(in)
		handlers[k.ValidatePath()] = &handler{Dependencies: d, kind: k, shape: shape}
		if k.Mutated != nil {
			handlers[k.MutatePath()] = &handler{Dependencies: d, kind: k, shape: shape, mutates: true}
		}
	}
	return handlers
}

// handler answers the reviews of one path, which is for one kind.
type handler struct {
	Dependencies
	kind *kinds.Kind
	// shape is what the reviews of the kind are decoded into.
	shape *scan.Shape
	// mutates is true where the answer is a patch, and nothing is refused but what isn't a review
	// of the kind.
	mutates bool
}

// ServeHTTP answers one review. Anything else gets an HTTP error, which the API server treats as
// the registered failurePolicy says.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	err := survive.Call(func() error {
		h.serve(w, r)
		return nil
	})
	if err != nil {
		h.failed(w, r, err)
	}
}

func (h *handler) serve(w http.ResponseWriter, r *http.Request) {
	req, release, err := h.readReview(w, r)
	defer release()
	if err == nil {
		err = h.ready()
	}
	if err != nil {
		h.fail(w, r, err)
		return
	}
	req.caller = callers.ProofOf(r.Context())
	h.write(w, h.answer(r.Context(), req))
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

// answer decides one request.
func (h *handler) answer(ctx context.Context, req *request) *admissionv1.AdmissionResponse {
	if !h.isFor(req.Kind) {
		return invalid(req.UID, fmt.Sprintf("%s was sent to the path for %s", kindText(req.Kind), kindText(metav1.GroupVersionKind(h.kind.GroupVersionKind()))))
	}
	switch req.Operation {
	case admissionv1.Create, admissionv1.Update:
	case admissionv1.Delete, admissionv1.Connect:
		return allowed(req.UID)
	default:
		return invalid(req.UID, fmt.Sprintf("unknown operation %q", req.Operation))
	}
	if req.SubResource != "" && !slices.Contains(h.kind.Subresources, req.SubResource) {
		return allowed(req.UID)
	}
	if req.object == nil {
		return invalid(req.UID, fmt.Sprintf("%s without an object", req.Operation))
	}
	if h.mutates && req.Operation == admissionv1.Create {
		awaitController(ctx, h.Cluster, req.Namespace, req.object)
	}
	decision := h.decide(ctx, req)
	if decision.Stopped { // nobody reads this
		return invalid(req.UID, "the caller no longer waits for the answer")
	}
	if decision.Trouble != nil {
		h.Logger.Warn("pod resources left as they are", zap.String("namespace", req.Namespace), zap.String("error", errorText(decision.Trouble)))
	}
	if h.mutates {
		if h.AuditMutations && len(decision.Patch) > 0 && h.Audit.Enabled() {
			h.Audit.Add(auditLine(req, &decision, nil, decision.Patch))
		}
		return patched(req.UID, decision)
	}
	response := judged(req, h.kind, &decision)
	denied, warned := split(decision.Findings)
	if len(denied) == 0 {
		h.warnWorkload(req, warned)
	}
	if h.Audit.Enabled() {
		h.audit(req, &decision, denied)
	}
	h.Metrics.observe(&decision)
	return response
}

// audit writes the audit line of a request that is refused, or that mode Enforce would refuse or
// change.
func (h *handler) audit(req *request, decision *fargate.Decision, denied []rules.Finding) {
	if len(denied) > 0 {
		h.Audit.Add(auditLine(req, decision, denied, nil))
		return
	}
	if decision.Enforced == nil {
		return
	}
	if would, patch := wouldDeny(decision.Findings), decision.WouldPatch(); len(would)+len(patch) > 0 {
		line := auditLine(req, decision.Enforced, would, patch)
		line.Observed = true
		h.Audit.Add(line)
	}
}

func (h *handler) decide(ctx context.Context, req *request) fargate.Decision {
	in := fargate.Request{
		Operation: fargate.OperationKind(req.Operation), SubResource: req.SubResource, Phase: fargate.Validating, Namespace: req.Namespace,
		User: req.UserInfo.Username, Groups: req.UserInfo.Groups, Cluster: h.Cluster,
		Done: ctx.Done(),
	}
	if h.mutates {
		in.Phase = fargate.Mutating
	} else {
		in.Earlier = h.Profiles.Earlier()
	}
	if req.oldObject != nil {
		in.Old = req.oldObject
	}
	return fargate.Decide(req.object, in, h.Profiles.Index(), &h.Policy)
}

func (h *handler) isFor(kind metav1.GroupVersionKind) bool {
	return kind.Group == h.kind.Group && kind.Kind == h.kind.Kind && slices.Contains(h.kind.Versions, kind.Version)
}

// write sends the answer.
func (h *handler) write(w http.ResponseWriter, response *admissionv1.AdmissionResponse) {
	out := admissionv1.AdmissionReview{
		TypeMeta: metav1.TypeMeta{APIVersion: admissionv1.SchemeGroupVersion.String(), Kind: "AdmissionReview"},
		Response: response,
	}
	body, err := json.Marshal(out)
	if err != nil {
		h.Logger.Error("encoding an answer failed", zap.Error(err))
		writeFailure(w, http.StatusInternalServerError, "encode the answer")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if _, err := w.Write(body); err != nil {
		h.Logger.Debug("caller left before it got the answer", zap.Error(err))
	}
}

func kindText(kind metav1.GroupVersionKind) string {
	if kind.Group == "" {
		return kind.Version + " " + kind.Kind
	}
	return kind.Group + "/" + kind.Version + " " + kind.Kind
}
