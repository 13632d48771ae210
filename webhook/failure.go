package webhook

import (
	"encoding/json"
	"errors"
	"net/http"

	"go.uber.org/zap"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/internal/scan"
	"fargate-webhook/internal/survive"
	"fargate-webhook/webhook/intake"
	"fargate-webhook/webhook/metrics"
)

// fail answers with an HTTP error, and returns the outcome. A request that was turned away says when
// to come again: the API server then does, within the timeout of the webhook.
func (h *handler) fail(w http.ResponseWriter, r *http.Request, err error) metrics.Outcome {
	code, outcome := http.StatusBadRequest, metrics.Invalid
	if known := (*httpError)(nil); errors.As(err, &known) {
		code = known.code
	}
	if code >= http.StatusInternalServerError {
		outcome = metrics.Failed
	}
	if refusal := (*scan.RefusalError)(nil); errors.As(err, &refusal) {
		h.Metrics.ScanRefused(refusal.Reason)
	}
	if busy := (*intake.BusyError)(nil); errors.As(err, &busy) {
		code, outcome = http.StatusServiceUnavailable, metrics.Shed
		w.Header().Set("Retry-After", "1")
		h.Metrics.TurnedAway(busy.Stage)
	}
	h.Logger.Warn("request refused", zap.String("path", r.URL.Path), zap.Int("code", code), zap.String("error", errorText(err)))
	writeFailure(w, code, errorText(err))
	return outcome
}

// failed answers for a decision that panicked.
func (h *handler) failed(w http.ResponseWriter, r *http.Request, err error) {
	h.Logger.Error("panic while answering a review", zap.String("path", r.URL.Path), zap.Error(err), survive.Stack(err))
	writeFailure(w, http.StatusInternalServerError, "internal error: see the log of fargate-webhook")
}

// writeFailure writes an HTTP error as a Status: the API server quotes its message to the user, but
// of a text says no more than "the server rejected our request for an unknown reason".
func writeFailure(w http.ResponseWriter, code int, message string) {
	reasons := map[int]metav1.StatusReason{
		http.StatusBadRequest:            metav1.StatusReasonBadRequest,
		http.StatusRequestEntityTooLarge: metav1.StatusReasonRequestEntityTooLarge,
		http.StatusUnsupportedMediaType:  metav1.StatusReasonUnsupportedMediaType,
		http.StatusMethodNotAllowed:      metav1.StatusReasonMethodNotAllowed,
		http.StatusServiceUnavailable:    metav1.StatusReasonServiceUnavailable,
		http.StatusInternalServerError:   metav1.StatusReasonInternalError,
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(&metav1.Status{ // a caller that went away gets nothing
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"},
		Status:   metav1.StatusFailure, Message: "fargate-webhook: " + message, Reason: reasons[code], Code: int32(code), //nolint:gosec // an HTTP status
	})
}
