package review

import (
	"fmt"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/jsonpatch"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/sizing"
	"fargate-webhook/kinds"
	"fargate-webhook/policy"
)

// item judges one object.
func (r *Reviewer) item(m *manifest, known *given) Item {
	out := Item{
		Source: m.source, Index: m.index, Item: m.item,
		APIVersion: m.meta.APIVersion, Kind: m.meta.Kind,
		Namespace: m.meta.Namespace, Name: m.meta.Name,
		Result: ResultSkip,
		Patch:  jsonpatch.Patch{}, Findings: []rules.Finding{},
	}
	if out.Name == "" {
		out.Name = m.meta.GenerateName
	}
	if m.object != nil && out.Namespace == "" {
		out.Namespace = r.Namespace
	}
	if m.isNamespace() {
		out.Placement.Labels = map[string]string{}
		out.Placement.Reason = "it has no pods of its own"
		if out.Findings = append(out.Findings, fargate.FindInNamespace(&m.meta.ObjectMeta, &r.Policy)...); len(out.Findings) > 0 {
			out.Result = ResultWarn
		}
		return out
	}
	request := fargate.Request{
		Operation: fargate.OperationCreate, Namespace: out.Namespace, Exempt: known.exempt[out.Namespace], Cluster: known,
	}
	decision := fargate.Decide(defaulted(m.object, known.limitRanges(out.Namespace)), request, r.Index, &r.Policy)
	out.Placement = placementOf(decision.Placement)
	if !decision.Judged {
		if gone := kinds.Removed(out.APIVersion, out.Kind); gone != "" {
			out.Placement.Reason = gone
		}
		return out
	}
	out.Size = sizeOf(decision.Size)
	out.Usage = usageOf(decision.Usage)
	for i := range decision.Holds {
		out.HeldBy = append(out.HeldBy, decision.Holds[i].Reason)
	}
	out.Patch = append(out.Patch, decision.Patch...)
	out.Findings = append(out.Findings, decision.Findings...)
	out.Result = resultOf(decision)
	if e := decision.Enforced; e != nil && len(e.Patch) > 0 {
		out.Enforced = &Enforced{Placement: placementOf(e.Placement), Size: sizeOf(e.Size), Patch: e.Patch}
	}
	if decision.Exempt {
		out.Exempt, out.ExemptReason = true, exemptReason(&request)
	}
	return out
}

func sizeOf(s *sizing.Size) *Size {
	if s == nil {
		return nil
	}
	return &Size{VCPU: s.VCPU(), Memory: s.Memory()}
}

func exemptReason(request *fargate.Request) string {
	if request.Exempt {
		return fmt.Sprintf("Namespace %q is labelled %s: \"true\"", request.Namespace, policy.ExemptLabel)
	}
	return fmt.Sprintf("the policy exempts namespace %q", request.Namespace)
}

func placementOf(p placement.Placement) Placement {
	labels := p.Labels
	if labels == nil {
		labels = map[string]string{}
	}
	return Placement{Fargate: p.Fargate, Profile: p.Profile, Reason: p.Reason, Labels: labels, EquallyNear: p.EquallyNear}
}

func resultOf(decision fargate.Decision) Result {
	if decision.Exempt {
		return ResultExempt
	}
	result := ResultPass
	if len(decision.Patch) > 0 {
		result = ResultChange
	}
	for _, f := range decision.Findings {
		if f.Action == policy.Deny {
			return ResultDeny
		}
		result = ResultWarn
	}
	return result
}
