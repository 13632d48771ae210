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
	response.Warnings = warnings(decision.Findings)
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
// What is only warned about is told either way.
func judged(uid types.UID, decision fargate.Decision, optOut string) *admissionv1.AdmissionResponse {
	response := allowed(uid)
	response.AuditAnnotations = annotations(decision)
	denied, warned := split(decision.Findings)
	response.Warnings = warnings(warned)
	if len(denied) == 0 {
		return response
	}
	response.Allowed = false
	response.Result = &metav1.Status{
		Status:  metav1.StatusFailure,
		Code:    http.StatusForbidden,
		Reason:  metav1.StatusReasonForbidden,
		Message: refusalText(denied, optOut),
		Details: &metav1.StatusDetails{Causes: causes(denied)},
	}
	return response
}

// split tells what refuses an object from what is only warned about.
func split(findings []fargate.Finding) (denied, warned []fargate.Finding) {
	for i := range findings {
		if findings[i].Action == fargate.ActionDeny {
			denied = append(denied, findings[i])
		} else {
			warned = append(warned, findings[i])
		}
	}
	return denied, warned
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
