package webhook

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"fargate-webhook/fargate"
)

// maxWarning is the longest warning the API server passes on, in bytes.
const maxWarning = 256

// optOut is told with every refusal.
const optOut = "If it is not meant for Fargate, annotate it (a pod: in its template) with eks.amazonaws.com/compute-type: ec2"

func allowed(uid types.UID) *admissionv1.AdmissionResponse {
	return &admissionv1.AdmissionResponse{UID: uid, Allowed: true}
}

// invalid refuses a review that is well formed but can't be one of ours.
func invalid(uid types.UID, problem string) *admissionv1.AdmissionResponse {
	return &admissionv1.AdmissionResponse{UID: uid, Result: &metav1.Status{
		Status:  metav1.StatusFailure,
		Code:    http.StatusBadRequest,
		Reason:  metav1.StatusReasonBadRequest,
		Message: "fargate-webhook can't judge this request: " + problem,
	}}
}

// patched allows the object with the decision's changes.
func patched(uid types.UID, decision fargate.Decision) *admissionv1.AdmissionResponse {
	response := allowed(uid)
	response.AuditAnnotations = annotations(decision)
	if len(decision.Patch) == 0 {
		return response
	}
	patch, err := json.Marshal(decision.Patch)
	if err != nil {
		return invalid(uid, fmt.Sprintf("encode the patch: %v", err))
	}
	patchType := admissionv1.PatchTypeJSONPatch
	response.Patch, response.PatchType = patch, &patchType
	return response
}

// judged allows or refuses the object as the findings say, all in one answer.
func judged(uid types.UID, decision fargate.Decision) *admissionv1.AdmissionResponse {
	response := allowed(uid)
	response.AuditAnnotations = annotations(decision)
	var causes []metav1.StatusCause
	for _, f := range decision.Findings {
		if f.Action == fargate.ActionDeny {
			causes = append(causes, metav1.StatusCause{Type: metav1.CauseType(f.Rule), Field: f.Field, Message: f.Message + "; " + f.Remedy})
		} else {
			response.Warnings = append(response.Warnings, warning(f))
		}
	}
	if len(causes) == 0 {
		return response
	}
	response.Allowed = false
	response.Result = &metav1.Status{
		Status:  metav1.StatusFailure,
		Code:    http.StatusForbidden,
		Reason:  metav1.StatusReasonForbidden,
		Message: refusalText(causes),
		Details: &metav1.StatusDetails{Causes: causes},
	}
	return response
}

// refusalText is the one message that a user sees.
func refusalText(causes []metav1.StatusCause) string {
	parts := make([]string, 0, len(causes))
	for _, c := range causes {
		parts = append(parts, fmt.Sprintf("[%s] %s", c.Type, c.Message))
	}
	return "fargate-webhook denied it: " + strings.Join(parts, " ; ") + ". " + optOut + "."
}

// warning is a finding's message, cut to what the API server passes on.
func warning(f fargate.Finding) string {
	text := fmt.Sprintf("[%s] %s", f.Rule, f.Message)
	if len(text) > maxWarning {
		text = strings.ToValidUTF8(text[:maxWarning-3], "") + "..."
	}
	return text
}

// annotations go into the cluster's own audit log, under the webhook's name.
func annotations(decision fargate.Decision) map[string]string {
	out := map[string]string{}
	if decision.Placement.Profile != "" {
		out["profile"] = decision.Placement.Profile
	}
	var rules []string
	for _, f := range decision.Findings {
		if !slices.Contains(rules, string(f.Rule)) {
			rules = append(rules, string(f.Rule))
		}
	}
	if len(rules) > 0 {
		out["rules"] = strings.Join(rules, ",")
	}
	if len(out) == 0 {
		return nil
	}
	return out
}
