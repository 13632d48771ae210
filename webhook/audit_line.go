package webhook

import (
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/jsonpatch"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/internal/text"
	"fargate-webhook/webhook/audit"
)

// auditLine returns the line of a request that is refused for the denied findings, or whose object
// is changed by a patch, or would be.
func auditLine(req *request, decision *fargate.Decision, denied []rules.Finding, patch jsonpatch.Patch) *audit.Line {
	line := requestLine(req, decision)
	line.Event = audit.Refused
	if len(denied) == 0 {
		line.Event = audit.Changed
	}
	listed := min(len(denied), maxListed)
	line.More = len(denied) - listed
	for _, f := range denied[:listed] {
		line.Findings = append(line.Findings, audit.Finding{Rule: string(f.Rule), Field: f.Field, Message: text.Truncate(f.Message, maxPart)})
	}
	addChanges(line, req.object, patch)
	return line
}

// requestLine returns what a line says of a request.
func requestLine(req *request, decision *fargate.Decision) *audit.Line {
	resource := metav1.GroupResource{Group: req.Resource.Group, Resource: req.Resource.Resource}
	out := &audit.Line{
		Time:         time.Now(),
		UID:          string(req.UID),
		User:         text.Truncate(req.UserInfo.Username, maxPart),
		Groups:       bounded(req.UserInfo.Groups),
		Caller:       string(req.caller),
		Operation:    string(req.Operation),
		Resource:     text.Truncate(resource.String(), maxPart),
		SubResource:  text.Truncate(req.SubResource, maxPart),
		Namespace:    text.Truncate(req.Namespace, maxPart),
		Name:         text.Truncate(req.Name, maxPart),
		GenerateName: text.Truncate(req.object.GetGenerateName(), maxPart),
		DryRun:       req.DryRun != nil && *req.DryRun,
		Profile:      decision.Placement.Profile,
	}
	if owner := metav1.GetControllerOfNoCopy(req.object); owner != nil {
		out.Owner = text.Truncate(owner.Kind+"/"+owner.Name, maxPart)
	}
	return out
}

// bounded returns as many groups as fit into the longest text, and "…" for the rest. A user has
// some ten, or some hundred with a directory behind the cluster.
func bounded(groups []string) []string {
	room := maxText
	for i, group := range groups {
		if room -= len(group); room < 0 {
			return append(slices.Clone(groups[:i]), "…")
		}
	}
	return groups
}
