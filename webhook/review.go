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
)

// maxBody bounds the body of a review: two objects of up to 3 MiB each, as
// the API server takes them, and room for the rest.
const maxBody = 8 << 20

// review is an AdmissionReview whose objects are of the type that its path is
// for, so that the body is decoded once.
type review[T any] struct {
	metav1.TypeMeta `json:",inline"`
	Request         *request[T] `json:"request"`
}

// request is the part of an AdmissionRequest that a decision or an audit line
// needs.
type request[T any] struct {
	UID         types.UID                   `json:"uid"`
	Kind        metav1.GroupVersionKind     `json:"kind"`
	Resource    metav1.GroupVersionResource `json:"resource"`
	SubResource string                      `json:"subResource"`
	Name        string                      `json:"name"`
	Namespace   string                      `json:"namespace"`
	Operation   admissionv1.Operation       `json:"operation"`
	UserInfo    authenticationv1.UserInfo   `json:"userInfo"`
	Object      *T                          `json:"object"`
	OldObject   *T                          `json:"oldObject"`
	DryRun      *bool                       `json:"dryRun"`
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

// readReview reads and decodes the body of an HTTP request. Its errors are
// [httpError]s.
func readReview[T any](w http.ResponseWriter, r *http.Request) (*request[T], error) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return nil, &httpError{code: http.StatusMethodNotAllowed, text: fmt.Sprintf("method %s: an AdmissionReview is sent by POST", r.Method)}
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return nil, &httpError{
			code: http.StatusUnsupportedMediaType,
			text: fmt.Sprintf("Content-Type %q: an AdmissionReview is sent as application/json", r.Header.Get("Content-Type")),
		}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, &httpError{code: http.StatusRequestEntityTooLarge, text: fmt.Sprintf("the body is larger than %d bytes", tooLarge.Limit)}
	}
	if err != nil {
		return nil, badRequest("read the body: %v", err)
	}
	return decodeReview[T](body)
}

// decodeReview decodes the body of a review of one path's kind.
func decodeReview[T any](body []byte) (*request[T], error) {
	if len(body) == 0 {
		return nil, badRequest("the body is empty: an AdmissionReview is expected")
	}
	var in review[T]
	if err := kjson.UnmarshalCaseSensitivePreserveInts(body, &in); err != nil {
		return nil, badRequest("decode the AdmissionReview: %v", err)
	}
	if in.APIVersion != admissionv1.SchemeGroupVersion.String() || in.Kind != "AdmissionReview" {
		return nil, badRequest("apiVersion %q, kind %q: only %s AdmissionReview is served", in.APIVersion, in.Kind, admissionv1.SchemeGroupVersion)
	}
	if in.Request == nil {
		return nil, badRequest("the AdmissionReview has no request")
	}
	if in.Request.UID == "" {
		return nil, badRequest("the request has no uid")
	}
	return in.Request, nil
}
