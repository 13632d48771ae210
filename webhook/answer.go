package webhook

import (
	"context"
	"fmt"
	"slices"

	"go.uber.org/zap"
	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate"
	"fargate-webhook/webhook/metrics"
)

// answer decides one request, and notes how in a.
func (h *handler) answer(ctx context.Context, req *request, a *metrics.Answer) *admissionv1.AdmissionResponse {
	if problem := h.problemOf(req); problem != "" {
		a.Outcome, a.OtherKind = metrics.Invalid, !h.isFor(req.Kind)
		return invalid(req.UID, problem)
	}
	if !h.judges(req) {
		return allowed(req.UID)
	}
	if h.mutates && req.Operation == admissionv1.Create {
		awaitController(ctx, h.Cluster, req.Namespace, req.object)
	}
	a.Again = h.mutates && mutatedBefore(req.object)
	decision := h.decideIn(ctx, req, h.phase(), h.foresees(a))
	a.Decision = &decision
	if decision.Stopped { // nobody reads this
		a.Outcome = metrics.Canceled
		return invalid(req.UID, "the caller no longer waits for the answer")
	}
	a.Provided = h.provided(ctx, req, a)
	if decision.Trouble != nil {
		h.Logger.Warn("pod resources left as they are", zap.String("namespace", req.Namespace), zap.String("error", errorText(decision.Trouble)))
	}
	if h.mutates {
		if len(decision.Patch) > 0 {
			a.Outcome = metrics.Patched
			h.auditMutation(req, &decision)
		}
		return patched(req.UID, decision)
	}
	v := verdictOf(&decision)
	switch {
	case len(v.denied) > 0:
		a.Outcome = metrics.Denied
	case v.observed():
		a.Outcome = metrics.Observed
	}
	if len(v.denied) == 0 {
		h.warnWorkload(req, v)
	}
	if h.Audit.Enabled() {
		h.audit(req, v)
	}
	return judged(req, h.kind, v)
}

// problemOf says why a review can't be judged, "" if it can.
func (h *handler) problemOf(req *request) string {
	switch {
	case !h.isFor(req.Kind):
		return fmt.Sprintf("%s was sent to the path for %s", kindText(req.Kind), kindText(metav1.GroupVersionKind(h.kind.GroupVersionKind())))
	case h.judges(req) && req.object == nil:
		return fmt.Sprintf("%s without an object", req.Operation)
	}
	switch req.Operation {
	case admissionv1.Create, admissionv1.Update, admissionv1.Delete, admissionv1.Connect:
		return ""
	}
	return fmt.Sprintf("unknown operation %q", req.Operation)
}

// judges reports a request that is decided; others pass.
func (h *handler) judges(req *request) bool {
	return (req.Operation == admissionv1.Create || req.Operation == admissionv1.Update) &&
		(req.SubResource == "" || slices.Contains(h.kind.Subresources, req.SubResource))
}

// auditMutation writes the audit line of a changed object, if there are such lines.
func (h *handler) auditMutation(req *request, decision *fargate.Decision) {
	if h.AuditMutations && h.Audit.Enabled() {
		h.Audit.Add(auditLine(req, decision, nil, decision.Patch))
	}
}

// audit writes the audit line of a request that is refused, or that mode Enforce would refuse or
// change.
func (h *handler) audit(req *request, v *verdict) {
	switch {
	case len(v.denied) > 0:
		h.Audit.Add(auditLine(req, v.Decision, v.denied, nil))
	case v.observed():
		line := auditLine(req, v.Enforced, v.would, v.WouldPatch())
		line.Observed = true
		h.Audit.Add(line)
	}
}

// phase is the one that the path is for.
func (h *handler) phase() fargate.Phase {
	if h.mutates {
		return fargate.Mutating
	}
	return fargate.Validating
}

func (h *handler) decideIn(ctx context.Context, req *request, phase fargate.Phase, foresee bool) fargate.Decision {
	in := fargate.Request{
		Operation: fargate.OperationKind(req.Operation), SubResource: req.SubResource, Phase: phase, Namespace: req.Namespace,
		User: req.UserInfo.Username, Groups: req.UserInfo.Groups, Cluster: h.Cluster,
		Done: ctx.Done(), Foresee: foresee,
	}
	if phase == fargate.Validating {
		in.Earlier = h.Profiles.Earlier()
	}
	if req.oldObject != nil {
		in.Old = req.oldObject
	}
	return fargate.Decide(req.object, in, h.Profiles.Index(), &h.Policy)
}

func (h *handler) isFor(kind metav1.GroupVersionKind) bool {
	return kind.Group == h.kind.Group && kind.Kind == h.kind.Kind && slices.Contains(h.kind.Versions, kind.Version)
}

func kindText(kind metav1.GroupVersionKind) string {
	if kind.Group == "" {
		return kind.Version + " " + kind.Kind
	}
	return kind.Group + "/" + kind.Version + " " + kind.Kind
}
