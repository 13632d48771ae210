package webhook

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"

	"go.uber.org/zap"
	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate"
	"fargate-webhook/profiles"
	"fargate-webhook/webhook/audit"
)

// Profiles are the Fargate profiles as they are known at the moment.
type Profiles interface {
	// Ready returns an error while none have been read yet.
	Ready() error
	Index() *profiles.Index
}

// Judgement is what the handlers decide with.
type Judgement struct {
	Profiles Profiles
	Policy   fargate.Policy
	// Cluster tells of other objects of the cluster, nil when it can't.
	Cluster fargate.Cluster
	Audit   *audit.Log
	Logger  *zap.Logger
}

// object is a pointer to T that is a Kubernetes object.
type object[T any] interface {
	*T
	runtime.Object
	metav1.Object
}

// handler answers the reviews of one path, whose kind it knows.
type handler[T any, P object[T]] struct {
	Judgement
	kind metav1.GroupVersionKind
	// also are further versions of the kind that look the same.
	also []string
	// mutates is true where the answer is a patch and nothing is refused but
	// what isn't a review of this kind.
	mutates bool
	// parts are the subresources that are judged too: each has the kind's own
	// object.
	parts []string
	// optOut tells with a refusal how to opt out.
	optOut string
}

// ServeHTTP answers one review. What isn't one gets an HTTP error, which the
// API server treats as the registration's failurePolicy says.
func (h *handler[T, P]) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if cause := recover(); cause != nil {
			h.Logger.Error("panic while answering a review", zap.String("path", r.URL.Path), zap.Any("panic", cause), zap.ByteString("stack", debug.Stack()))
			http.Error(w, "internal error: see the log of fargate-webhook", http.StatusInternalServerError)
		}
	}()
	req, err := readReview[T](w, r)
	if err == nil {
		err = h.ready()
	}
	if err != nil {
		code := http.StatusBadRequest
		if known := (*httpError)(nil); errors.As(err, &known) {
			code = known.code
		}
		h.Logger.Warn("refused a request", zap.String("path", r.URL.Path), zap.Int("code", code), zap.Error(err))
		http.Error(w, "fargate-webhook: "+err.Error(), code)
		return
	}
	h.write(w, h.answer(req))
}

// ready keeps a webhook that knows no profiles yet from answering as if there
// were none.
func (h *handler[T, P]) ready() error {
	if err := h.Profiles.Ready(); err != nil {
		return &httpError{code: http.StatusServiceUnavailable, text: err.Error()}
	}
	return nil
}

// answer decides one request.
func (h *handler[T, P]) answer(req *request[T]) *admissionv1.AdmissionResponse {
	if !h.isFor(req.Kind) {
		return invalid(req.UID, fmt.Sprintf("a %s was sent to the path for %s", kindText(req.Kind), kindText(h.kind)))
	}
	switch req.Operation {
	case admissionv1.Create, admissionv1.Update:
	case admissionv1.Delete, admissionv1.Connect:
		return allowed(req.UID)
	default:
		return invalid(req.UID, fmt.Sprintf("operation %q is not known", req.Operation))
	}
	if req.SubResource != "" && !slices.Contains(h.parts, req.SubResource) {
		return allowed(req.UID)
	}
	if req.Object == nil {
		return invalid(req.UID, fmt.Sprintf("%s without an object", req.Operation))
	}
	in := fargate.Request{
		Operation: fargate.OperationKind(req.Operation), SubResource: req.SubResource, Phase: fargate.Validating, Namespace: req.Namespace,
		User: req.UserInfo.Username, Groups: req.UserInfo.Groups, Cluster: h.Cluster,
	}
	if h.mutates {
		in.Phase = fargate.Mutating
	}
	if req.OldObject != nil {
		in.Old = P(req.OldObject)
	}
	decision := fargate.Decide(P(req.Object), in, h.Profiles.Index(), &h.Policy)
	if decision.Trouble != nil {
		h.Logger.Warn("left the resources of a pod as they are", zap.String("namespace", req.Namespace), zap.Error(decision.Trouble))
	}
	if h.mutates {
		return patched(req.UID, decision)
	}
	howToOptOut := h.optOut
	if len(h.parts) > 0 && req.Operation == admissionv1.Update {
		howToOptOut = optOutOfRunning
	}
	response := judged(req.UID, decision, howToOptOut)
	if !response.Allowed {
		h.Audit.Refused(refusal[T, P](req, decision))
	}
	return response
}

func (h *handler[T, P]) isFor(kind metav1.GroupVersionKind) bool {
	return kind.Group == h.kind.Group && kind.Kind == h.kind.Kind && (kind.Version == h.kind.Version || slices.Contains(h.also, kind.Version))
}

// write sends the answer.
func (h *handler[T, P]) write(w http.ResponseWriter, response *admissionv1.AdmissionResponse) {
	out := admissionv1.AdmissionReview{
		TypeMeta: metav1.TypeMeta{APIVersion: admissionv1.SchemeGroupVersion.String(), Kind: "AdmissionReview"},
		Response: response,
	}
	body, err := json.Marshal(out)
	if err != nil {
		h.Logger.Error("encode the answer", zap.Error(err))
		http.Error(w, "fargate-webhook: encode the answer", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if _, err := w.Write(body); err != nil {
		h.Logger.Debug("the caller left before it had the answer", zap.Error(err))
	}
}

func kindText(kind metav1.GroupVersionKind) string {
	if kind.Group == "" {
		return kind.Version + " " + kind.Kind
	}
	return kind.Group + "/" + kind.Version + " " + kind.Kind
}
