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

	"fargate-webhook/kinds"
	"fargate-webhook/webhook/callers"
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

// readReview reads and decodes the body of an HTTP request. Its errors are [httpError]s.
func readReview(w http.ResponseWriter, r *http.Request, kind *kinds.Kind) (*request, error) {
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
	return decodeReview(body, kind)
}

// decodeReview decodes the body of a review of one kind.
func decodeReview(body []byte, kind *kinds.Kind) (*request, error) {
	if len(body) == 0 {
		return nil, badRequest("body must be an AdmissionReview, it is empty")
	}
	object, oldObject := kind.Slot(), kind.Slot()
	preset := &request{Object: object.Pointer, OldObject: oldObject.Pointer}
	in := review{Request: preset}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(body, &in); err != nil {
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
