package fargate

import (
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/rules/catalog"
	"fargate-webhook/fargate/sizing"
	"fargate-webhook/kinds"
	"fargate-webhook/kinds/custom"
	"fargate-webhook/kinds/gateway"
	"fargate-webhook/kinds/lbc"
	"fargate-webhook/kinds/sgp"
	"fargate-webhook/kinds/vpccni"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// decider holds what is the same for everything that is decided for a request.
type decider struct {
	request  *Request
	index    *profiles.Index
	policy   *policy.Policy
	settings *policy.Settings // those of the policy for the namespace
	// exempt is true when nothing may be changed or refused.
	exempt bool
	// podsExempt is the same for the pods of the namespace, whoever creates them: somebody who is
	// exempt writes a Service, and somebody else its pods.
	podsExempt bool
}

func newDecider(request *Request, index *profiles.Index, p *policy.Policy) *decider {
	return &decider{
		request: request, index: index, policy: p, settings: p.For(request.Namespace),
		exempt:     request.Exempt || p.Exempts(request.Namespace, request.User, request.Groups),
		podsExempt: request.Exempt || p.Exempts(request.Namespace, "", nil),
	}
}

// Decide decides about an object: where it runs, or the pods that it stands for; what admission
// changes in it; and what is wrong with it. It doesn't change its arguments. An object that is
// being deleted is left alone unless its spec changes, and so is an exempt one: what is wrong with
// that is reported as warnings, for WholeAdmission only. On update only what wasn't wrong before is
// reported. In mode Observe it changes and refuses nothing.
func Decide(object runtime.Object, request Request, index *profiles.Index, p *policy.Policy) Decision {
	whole := request.Phase == WholeAdmission
	observes := p.For(request.Namespace).Mode == policy.ModeObserve
	if observes {
		if request.Phase == Mutating {
			return Decision{Judged: true}
		}
		// Nothing was changed before: all of it is observed at once.
		request.Phase = WholeAdmission
	}
	decision := decide(object, request, index, p)
	if decision.Exempt && !whole {
		decision.Findings = nil
	}
	if observes && !decision.Exempt {
		return observed(object, request, index, p, decision)
	}
	return decision
}

// decide decides what takes effect in mode Enforce.
func decide(object runtime.Object, request Request, index *profiles.Index, p *policy.Policy) Decision {
	d := newDecider(&request, index, p)
	o := d.decide(object)
	if request.Operation == OperationUpdate {
		if request.Old != nil && len(o.violations) > 0 {
			o.violations = rules.NewSince(o.violations, d.decide(request.Old).violations)
		}
	}
	if d.disputed(object, &o) {
		warnOnly(o.violations)
	}
	if d.exempt {
		o.Exempt, o.Patch = true, nil
		warnOnly(o.violations)
	}
	if isLeaving(object, &request) {
		o.Patch, o.violations = nil, nil
	}
	if len(o.violations) > 0 {
		o.Findings = rules.Findings(o.violations)
	}
	if len(o.Findings) > 0 && (d.settings.IgnoreAnnotations == policy.IgnoreAdmission || request.Offline) {
		o.Findings, o.Ignored = ignored(object, o.Findings, d.settings.IgnoreAnnotations)
	}
	o.WillBeRefused = d.willRefuse(object, o.foreseen)
	o.PodsRefused = slices.ContainsFunc(o.Findings, func(f rules.Finding) bool { return f.PodsRefused })
	o.Stopped = rules.Stopped(request.Done)
	return o.Decision
}

// willRefuse reports whether an object is refused for what is foreseen.
func (d *decider) willRefuse(object runtime.Object, foreseen []rules.Violation) bool {
	if d.exempt || !denies(foreseen) {
		return false
	}
	findings := rules.Findings(foreseen)
	if d.settings.IgnoreAnnotations == policy.IgnoreAdmission {
		findings, _ = ignored(object, findings, d.settings.IgnoreAnnotations)
	}
	return slices.ContainsFunc(findings, func(f rules.Finding) bool { return f.Action == policy.Deny })
}

// warnOnly makes warnings of what would refuse an object, or the pods of a workload.
func warnOnly(violations []rules.Violation) {
	for i := range violations {
		if v := &violations[i]; v.Action == policy.Deny || v.PodsRefused {
			v.Action, v.PodsRefused = policy.Warn, false
		}
	}
}

func (d *decider) decide(object runtime.Object) outcome {
	switch o := object.(type) {
	case *corev1.Pod:
		if d.request.Operation == OperationUpdate && d.request.Phase == Mutating {
			return d.appliedAgain(o)
		}
		return d.pod(d.subject(&o.ObjectMeta, &o.Spec, nil))
	case *appsv1.DaemonSet:
		return d.daemonSet(o)
	case *corev1.Service:
		return d.service(o)
	case *networkingv1.Ingress:
		return d.ingress(o)
	case *lbc.TargetGroupConfiguration:
		return d.targetGroups(o)
	case *gateway.Route:
		return d.route(o)
	case *networkingv1.NetworkPolicy:
		return d.networkPolicy(o)
	case *vpccni.ApplicationNetworkPolicy:
		return d.applicationPolicy(o)
	case *vpccni.ClusterNetworkPolicy:
		return d.clusterPolicy(o)
	case *policyv1.PodDisruptionBudget:
		return d.budget(o)
	case *sgp.SecurityGroupPolicy:
		return d.securityGroups(o)
	case *corev1.ConfigMap:
		return d.logConfig(o)
	}
	if path, template := kinds.Template(object); template != nil {
		return d.workload(object, path, template)
	}
	if controller, ok := object.(*corev1.ReplicationController); ok && controller.Spec.Template == nil {
		return outcome{Decision: Decision{Placement: placement.Placement{Reason: "it has no pod template"}}}
	}
	return outcome{Decision: Decision{Placement: placement.Placement{Reason: "objects of this kind are not judged"}}}
}

// completes reports whether admission sets what an object leaves out, in an exempt one nothing. On
// update it only puts back what it set then: anything else would replace an existing load balancer,
// and GitOps tools and controllers would revert it.
func (d *decider) completes() bool {
	return !d.exempt && d.request.Operation == OperationCreate && d.request.Phase != Validating
}

// Vocabulary returns what a policy file may name: the rules, the kinds, and the requests that the
// largest size holds.
func Vocabulary() policy.Vocabulary {
	v := policy.Vocabulary{MaxRequests: sizing.Largest().Budget().List()}
	v.PodTemplate = func(text string) error {
		_, err := custom.Parse(text)
		return err
	}
	for _, rule := range catalog.All() {
		v.Rules = append(v.Rules, rule.ID)
	}
	for _, k := range kinds.Table {
		v.Kinds = append(v.Kinds, k.Resource)
	}
	return v
}
