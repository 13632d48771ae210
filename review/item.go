package review

import (
	"cmp"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/jsonpatch"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/sizing"
	"fargate-webhook/kinds"
	"fargate-webhook/policy"
)

// items judges one object, each of its pod templates if it is of a custom kind.
func (r *Reviewer) items(o *object, known *given) []Item {
	if len(o.holders) == 0 {
		return []Item{r.item(o, o.judged, known)}
	}
	list := make([]Item, 0, len(o.holders))
	for _, holder := range o.holders {
		item := r.item(o, holder.TemplateHolder, known)
		item.NotJudged = holder.NotJudged
		if item.UnknownFields = holder.Unknown; len(item.UnknownFields) > 0 && (item.Result == ResultPass || item.Result == ResultChange) {
			item.Result = ResultWarn
		}
		item.PodTemplate = holder.Path
		list = append(list, item)
	}
	return list
}

// item judges an object, nil for one that isn't judged.
func (r *Reviewer) item(o *object, judged runtime.Object, known *given) Item {
	out := Item{
		Source: o.source.Name, Index: o.index, Item: o.item(),
		APIVersion: o.meta.APIVersion, Kind: o.meta.Kind,
		Namespace: o.meta.Namespace, Name: o.meta.Name,
		Result: ResultSkip,
		Patch:  jsonpatch.Patch{}, Findings: []Finding{},
		NotJudged: o.notJudged, UnknownFields: o.unknown,
	}
	if out.Name == "" {
		out.Name = o.meta.GenerateName
	}
	if judged != nil && out.Namespace == "" && !clusterScoped(&o.meta.TypeMeta) {
		out.Namespace = r.Namespace
	}
	if isNamespace(&o.meta.TypeMeta) {
		out.Placement.Labels = map[string]string{}
		out.Placement.Reason = "it has no pods of its own"
		if out.Findings = found(fargate.FindInNamespace(&o.meta.ObjectMeta, &r.Policy)); len(out.Findings) > 0 {
			out.Result = ResultWarn
		}
		return out
	}
	request := fargate.Request{
		Operation: fargate.OperationCreate, Namespace: out.Namespace, Exempt: known.exempt[out.Namespace] || r.isOwn(out.Namespace), Cluster: known, Offline: true,
	}
	completed := defaulted(judged, known.limitRanges(out.Namespace))
	decision := fargate.Decide(completed, request, r.Index, &r.Policy)
	out.Placement = placementOf(decision.Placement)
	if !decision.Judged {
		out.Placement.Reason = cmp.Or(kinds.Removed(out.APIVersion, out.Kind), out.notJudged(), out.Placement.Reason)
		r.moved(&out, o, judged)
		return out
	}
	decision.Findings = append(decision.Findings, unignoring(completed)...)
	out.decided(&decision)
	out.Bill = r.bill(completed, o, out.Namespace, &decision, known)
	if decision.Exempt {
		out.Exempt, out.ExemptReason = true, r.exemptReason(&request)
	}
	r.moved(&out, o, completed)
	return out
}

// clusterScoped reports a judged kind whose objects belong to no namespace.
func clusterScoped(t *metav1.TypeMeta) bool {
	kind := kinds.Find(t.APIVersion, t.Kind)
	return kind != nil && kind.ClusterScoped
}

// notJudged says why an object that seems to make pods isn't judged.
func (i *Item) notJudged() string {
	if i.NotJudged == "" {
		return ""
	}
	return "not judged: " + i.NotJudged
}

// decided takes what was decided.
func (i *Item) decided(decision *fargate.Decision) {
	i.Size = sizeOf(decision.Size)
	i.Usage = usageOf(decision.Usage)
	for h := range decision.Holds {
		i.HeldBy = append(i.HeldBy, decision.Holds[h].Reason)
	}
	i.Patch = append(i.Patch, decision.Patch...)
	i.Findings = found(decision.Findings)
	i.PodsRefused, i.Ignored = decision.PodsRefused, ignored(decision.Ignored)
	i.Result = resultOf(decision)
	if len(i.UnknownFields) > 0 && (i.Result == ResultPass || i.Result == ResultChange) {
		i.Result = ResultWarn
	}
	if e := decision.Enforced; e != nil && len(e.Patch) > 0 {
		i.Enforced = &Enforced{Placement: placementOf(e.Placement), Size: sizeOf(e.Size), Patch: e.Patch}
	}
}

func sizeOf(s *sizing.Size) *Size {
	if s == nil {
		return nil
	}
	return &Size{VCPU: s.VCPU(), Memory: s.Memory()}
}

// isOwn reports the namespace of the webhook itself.
func (r *Reviewer) isOwn(namespace string) bool {
	return namespace != "" && namespace == r.OwnNamespace
}

func (r *Reviewer) exemptReason(request *fargate.Request) string {
	if r.isOwn(request.Namespace) {
		return fmt.Sprintf("the webhook itself runs in namespace %q", request.Namespace)
	}
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

func resultOf(decision *fargate.Decision) Result {
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
