package webhook

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"

	"go.uber.org/zap"
	admissionv1 "k8s.io/api/admission/v1"

	"fargate-webhook/internal/text"
)

// maxAnswer is the largest answer whose room is used again, in bytes: most have less than 1 KiB.
const maxAnswer = 16 << 10

// write sends the answer.
func (h *handler) write(w http.ResponseWriter, response *admissionv1.AdmissionResponse) {
	room, ok := h.answers.Get().(*[]byte)
	if !ok {
		room = new([]byte)
	}
	body, err := appendReview((*room)[:0], response)
	if err != nil {
		h.Logger.Error("encoding an answer failed", zap.Error(err))
		writeFailure(w, http.StatusInternalServerError, "encode the answer")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if _, err := w.Write(body); err != nil { //nolint:gosec // no browser takes JSON for a page
		h.Logger.Debug("caller left before it got the answer", zap.Error(err))
	}
	if cap(body) <= maxAnswer {
		*room = body
		h.answers.Put(room)
	}
}

// appendReview appends the AdmissionReview with a response as encoding/json writes it, most of it
// without reflection.
func appendReview(b []byte, r *admissionv1.AdmissionResponse) ([]byte, error) {
	b = append(b, `{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":`...)
	b = text.AppendJSON(b, string(r.UID))
	b = strconv.AppendBool(append(b, `,"allowed":`...), r.Allowed)
	if r.Result != nil {
		status, err := json.Marshal(r.Result)
		if err != nil {
			return nil, err
		}
		b = append(append(b, `,"status":`...), status...)
	}
	if len(r.Patch) > 0 {
		b = base64.StdEncoding.AppendEncode(append(b, `,"patch":"`...), r.Patch)
		b = append(b, '"')
	}
	if r.PatchType != nil {
		b = text.AppendJSON(append(b, `,"patchType":`...), string(*r.PatchType))
	}
	if len(r.AuditAnnotations) > 0 {
		b = text.AppendPairs(append(b, `,"auditAnnotations":`...), r.AuditAnnotations)
	}
	for i, warning := range r.Warnings {
		if i == 0 {
			b = append(b, `,"warnings":[`...)
		} else {
			b = append(b, ',')
		}
		b = text.AppendJSON(b, warning)
	}
	if len(r.Warnings) > 0 {
		b = append(b, ']')
	}
	return append(b, "}}"...), nil
}
