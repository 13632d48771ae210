package webhook

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/internal/text"
	"fargate-webhook/webhook/audit"
)

// refusal returns the audit line of a request that is refused, or would be, for the denied
// findings.
func refusal(req *request, decision *fargate.Decision, denied []rules.Finding) audit.Refusal {
	resource := metav1.GroupResource{Group: req.Resource.Group, Resource: req.Resource.Resource}
	out := audit.Refusal{
		UID:          string(req.UID),
		User:         req.UserInfo.Username,
		Groups:       req.UserInfo.Groups,
		Caller:       string(req.caller),
		Operation:    string(req.Operation),
		Resource:     resource.String(),
		SubResource:  req.SubResource,
		Namespace:    req.Namespace,
		Name:         req.Name,
		GenerateName: req.object.GetGenerateName(),
		DryRun:       req.DryRun != nil && *req.DryRun,
		Profile:      decision.Placement.Profile,
	}
	if owner := metav1.GetControllerOfNoCopy(req.object); owner != nil {
		out.Owner = text.Truncate(owner.Kind+"/"+owner.Name, maxPart)
	}
	listed := min(len(denied), maxListed)
	out.More = len(denied) - listed
	for _, f := range denied[:listed] {
		out.Findings = append(out.Findings, audit.Finding{Rule: string(f.Rule), Field: f.Field, Message: text.Truncate(f.Message, maxPart)})
	}
	return out
}
