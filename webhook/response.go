package webhook

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/jsonpatch"
	"fargate-webhook/internal/text"
	"fargate-webhook/kinds"
)

func allowed(uid types.UID) *admissionv1.AdmissionResponse {
	return &admissionv1.AdmissionResponse{UID: uid, Allowed: true}
}

// invalid refuses a review that is well formed but can't be one of ours.
func invalid(uid types.UID, problem string) *admissionv1.AdmissionResponse {
	return &admissionv1.AdmissionResponse{UID: uid, Result: &metav1.Status{
		Status:  metav1.StatusFailure,
		Code:    http.StatusBadRequest,
		Reason:  metav1.StatusReasonBadRequest,
		Message: "fargate-webhook can't judge this request: " + text.Truncate(problem, maxPart),
	}}
}

// patched allows the object with the decision's changes.
func patched(uid types.UID, decision fargate.Decision) *admissionv1.AdmissionResponse {
	response := allowed(uid)
	response.AuditAnnotations = annotations(&decision, decision.Patch)
	response.Warnings = warnings(decision.Findings)
	if len(decision.Patch) == 0 {
		return response
	}
	patch, err := decision.Patch.AppendJSON(make([]byte, 0, 160*len(decision.Patch)))
	if err != nil {
		return invalid(uid, fmt.Sprintf("encode the patch: %v", err))
	}
	patchType := admissionv1.PatchTypeJSONPatch
	response.Patch, response.PatchType = patch, &patchType
	return response
}

// judged allows or refuses the object as the findings say, with all of them in one answer. Warnings
// are given either way.
func judged(req *request, kind *kinds.Kind, v *verdict) *admissionv1.AdmissionResponse {
	response := allowed(req.UID)
	response.AuditAnnotations = annotations(v.Decision, v.WouldPatch())
	response.Warnings = v.warnings
	if changes := observedChanges(v.WouldPatch()); changes != "" {
		response.Warnings = append(slices.Clip(response.Warnings), changes)
	}
	if len(v.denied) == 0 {
		return response
	}
	message := refusalMessage{
		headline: kind.Headline, profile: v.Placement.Profile, denied: v.denied, optOut: kind.OptOut, oneLine: forController(req.UserInfo.Username),
	}
	if kind.OptOutUpdate != "" && req.Operation == admissionv1.Update {
		message.optOut = kind.OptOutUpdate
	}
	response.Allowed = false
	response.Result = &metav1.Status{
		Status:  metav1.StatusFailure,
		Code:    http.StatusForbidden,
		Reason:  metav1.StatusReasonForbidden,
		Message: message.String(),
		Details: &metav1.StatusDetails{Causes: causes(v.denied)},
	}
	return response
}

// changedFields returns the fields that a patch changes, at most maxListed.
func changedFields(patch jsonpatch.Patch) []string {
	var fields []string
	for _, operation := range patch {
		if field := strings.TrimPrefix(operation.Path, "/"); !slices.Contains(fields, field) && len(fields) < maxListed {
			fields = append(fields, text.Truncate(field, maxPart))
		}
	}
	return fields
}

// observedChanges says which fields mode Enforce would change, "" for none.
func observedChanges(patch jsonpatch.Patch) string {
	fields := changedFields(patch)
	if len(fields) == 0 {
		return ""
	}
	return printable(text.Truncate("would be changed (mode Observe): "+strings.Join(fields, ", "), maxWarning))
}
