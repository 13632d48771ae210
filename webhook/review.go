package webhook

import (
	"errors"
	"fmt"
	"mime"
	"net/http"

	admissionv1 "k8s.io/api/admission/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"fargate-webhook/internal/text"
	"fargate-webhook/kinds"
	"fargate-webhook/webhook/callers"
	"fargate-webhook/webhook/intake"
)

// review is an AdmissionReview whose objects are of the kind that its path is for, so that the body
// is decoded once.
type review struct {
	metav1.TypeMeta `json:",inline"`
	Request         *request `json:"request"`
}

// request is the part of an AdmissionRequest that a decision or an audit line needs.
type request struct {
	UID         types.UID                   `json:"uid"`
	Kind        metav1.GroupVersionKind     `json:"kind"`
	Resource    metav1.GroupVersionResource `json:"resource"`
	SubResource string                      `json:"subResource"`
	Name        string                      `json:"name"`
	Namespace   string                      `json:"namespace"`
	Operation   admissionv1.Operation       `json:"operation"`
	UserInfo    authenticationv1.UserInfo   `json:"userInfo"`
	DryRun      *bool                       `json:"dryRun"`
	// Object and OldObject are the pointers of [kinds.Slot] while the review is decoded.
	Object    any `json:"object"`
	OldObject any `json:"oldObject"`

	// object and oldObject are what was decoded, nil if there was none.
	object, oldObject kinds.Object
	// caller is how the caller proved to be the API server.
	caller callers.Proof
}

// httpError is a request that can't be answered with a review.
type httpError struct {
	code int
	text string
}

func (e *httpError) Error() string { return e.text }

func badRequest(format string, args ...any) error {
	return &httpError{code: http.StatusBadRequest, text: fmt.Sprintf(format, args...)}
}

// errorText returns the text of an error for a response or the log: errors quote what was sent.
func errorText(err error) string { return text.Truncate(err.Error(), maxPart) }

// readReview reads and decodes the body of an HTTP request, once there is room for it, which is taken
// until the visit ends. Its errors are [httpError]s, [intake.BusyError] and [scan.RefusalError].
func (h *handler) readReview(w http.ResponseWriter, r *http.Request, visit *intake.Visit) (*request, error) {
	if err := checkHeaders(w, r); err != nil {
		return nil, err
	}
	body, err := visit.Read(w, r)
	if err != nil {
		return nil, unreadable(err)
	}
	if len(body) == 0 {
		return nil, badRequest("body must be an AdmissionReview, it is empty")
	}
	return h.decode(r.Context(), body, visit)
}

// checkHeaders returns an error for a request that can't have a review as its body.
func checkHeaders(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return &httpError{code: http.StatusMethodNotAllowed, text: fmt.Sprintf("method must be POST, not %s", r.Method)}
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return &httpError{
			code: http.StatusUnsupportedMediaType,
			text: fmt.Sprintf("Content-Type must be application/json, not %q", r.Header.Get("Content-Type")),
		}
	}
	return nil
}

// unreadable returns the error for a body that can't be read.
func unreadable(err error) error {
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return &httpError{code: http.StatusRequestEntityTooLarge, text: fmt.Sprintf("body must not exceed %d bytes", tooLarge.Limit)}
	}
	if busy := (*intake.BusyError)(nil); errors.As(err, &busy) {
		return err
	}
	return badRequest("read the body: %v", err)
}
