package registration

import (
	"encoding/json"
	"net/http"
	"time"

	reviewv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// maxProbe limits the body of a probe, in bytes. That of a ConfigMap without data is a few
// kilobytes.
const maxProbe = 64 << 10

// probeTime is for the body of a probe: it comes with its header.
const probeTime = 2 * time.Second

// ProbeHandler refuses the probe, which proves to the leader that it arrived, and admits anything
// else.
func ProbeHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The next probe needs a new connection: an old one may outlive a change of the security
		// group, and leads to one replica only.
		w.Header().Set("Connection", "close")
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(probeTime)) // without it the server's own holds
		var review reviewv1.AdmissionReview
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxProbe)).Decode(&review); err != nil || review.Request == nil {
			http.Error(w, "fargate-webhook: must be an AdmissionReview with a request", http.StatusBadRequest)
			return
		}
		review.Response = &reviewv1.AdmissionResponse{UID: review.Request.UID, Allowed: true}
		if dry := review.Request.DryRun; review.Request.Name == ProbeName && dry != nil && *dry {
			review.Response.Allowed = false
			review.Response.Result = &metav1.Status{Status: metav1.StatusFailure, Code: http.StatusForbidden, Reason: metav1.StatusReasonForbidden, Message: probeAnswer}
		}
		review.Request = nil
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(review) // a caller that went away gets nothing
	})
}
