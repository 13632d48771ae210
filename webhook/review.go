package webhook

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	admissionv1 "k8s.io/api/admission/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	kjson "sigs.k8s.io/json"

	"fargate-webhook/internal/text"
	"fargate-webhook/kinds"
	"fargate-webhook/webhook/scan"
)

// maxBody is the largest body of a review: two objects of up to 3 MiB each, as the API server
// accepts them, and room for the rest.
const maxBody = 8 << 20

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

// readReview reads and decodes the body of an HTTP request. Its errors are [httpError]s, or a
// [scan.Refusal].
func (h *handler) readReview(w http.ResponseWriter, r *http.Request) (*request, error) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return nil, &httpError{code: http.StatusMethodNotAllowed, text: fmt.Sprintf("method must be POST, not %s", r.Method)}
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return nil, &httpError{
			code: http.StatusUnsupportedMediaType,
			text: fmt.Sprintf("Content-Type must be application/json, not %q", r.Header.Get("Content-Type")),
		}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, &httpError{code: http.StatusRequestEntityTooLarge, text: fmt.Sprintf("body must not exceed %d bytes", tooLarge.Limit)}
	}
	if err != nil {
		return nil, badRequest("read the body: %v", err)
	}
	if len(body) == 0 {
		return nil, badRequest("body must be an AdmissionReview, it is empty")
	}
	if _, err := h.shape.Body(body); err != nil {
		return nil, unscannable(body, err)
	}
	return decodeReview(body, h.kind)
}

// unscannable returns the error for a body that the scan stops at. What isn't JSON gets the
// decoder's own error; there is no field to decode anything into.
func unscannable(body []byte, err error) error {
	if !errors.Is(err, scan.ErrSyntax) {
		return err
	}
	if syntax := kjson.UnmarshalCaseSensitivePreserveInts(body, &struct{}{}); syntax != nil {
		err = syntax
	}
	return badRequest("decode the AdmissionReview: %v", err)
}

// emptyReview returns a review to decode into, with the places of its objects.
func emptyReview(kind *kinds.Kind) (in *review, object, oldObject kinds.Slot) {
	object, oldObject = kind.Slot(), kind.Slot()
	return &review{Request: &request{Object: object.Pointer, OldObject: oldObject.Pointer}}, object, oldObject
}

// decodeReview decodes the body of a review of one kind.
func decodeReview(body []byte, kind *kinds.Kind) (*request, error) {
	in, object, oldObject := emptyReview(kind)
	if err := kjson.UnmarshalCaseSensitivePreserveInts(body, in); err != nil {
		return nil, badRequest("decode the AdmissionReview: %v", err)
	}
	if in.APIVersion != admissionv1.SchemeGroupVersion.String() || in.Kind != "AdmissionReview" {
		return nil, badRequest("must be an AdmissionReview of %s, not apiVersion %q, kind %q", admissionv1.SchemeGroupVersion, in.APIVersion, in.Kind)
	}
	if in.Request == nil || in.Request.UID == "" {
		return nil, badRequest("the AdmissionReview must have a request with a uid")
	}
	in.Request.object, in.Request.oldObject = object.Object(), oldObject.Object()
	return in.Request, nil
}
