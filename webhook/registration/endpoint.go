package registration

import (
	"fmt"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	applyv1 "k8s.io/client-go/applyconfigurations/admissionregistration/v1"

	"fargate-webhook/fargate/rules/prefilter"
	"fargate-webhook/fargate/sizing"
	"fargate-webhook/kinds"
	"fargate-webhook/policy"
)

// endpoint is one webhook of a configuration.
type endpoint struct {
	name, path               string
	group, version, resource string
	operations               []admissionv1.OperationType
	// failure is what happens to requests while no replica answers.
	failure admissionv1.FailurePolicyType
	// timeout is how long the API server waits for an answer, in seconds.
	timeout int32
	// only are conditions besides the scope: other requests would only be let through.
	only []kinds.Condition
	// namespace is the only one that is sent, whether or not a profile selects it; "" for all that
	// profiles select.
	namespace string
}

// mutating returns the webhooks of the mutating configuration.
func mutating(o *Options) []endpoint {
	var list []endpoint
	for _, k := range kinds.Table {
		if k.Mutated == nil || !o.serves(k) {
			continue
		}
		operations := k.Mutated(o.Policy)
		if len(operations) == 0 {
			continue
		}
		e := o.endpoint(k, k.Resource+".mutate.fargate-webhook", k.MutatePath(), operations)
		if k.MutatedOnly != nil {
			e.only = append(slices.Clip(e.only), k.MutatedOnly(o.Policy))
		}
		if k == kinds.Pods {
			e.only = alsoOnly(newPods, unsettledName, prefilter.Unsettled(o.Policy))
			list = append(list, e, o.appliedAgain())
			continue
		}
		list = append(list, e)
	}
	return list
}

// validating returns the webhooks of the validating configuration. taken is true for new pods that a
// profile takes as they stand, in CEL; "" for none.
func validating(o *Options, taken string) []endpoint {
	var list []endpoint
	for _, k := range kinds.Table {
		switch {
		case k == kinds.Pods:
			list = append(list, o.podEndpoints(taken)...)
		case !o.serves(k) || k.IsWorkload() && o.Policy.StrictestWorkloads() == policy.Off:
		default:
			e := o.endpoint(k, k.Resource+".validate.fargate-webhook", k.ValidatePath(), []admissionv1.OperationType{admissionv1.Create, admissionv1.Update})
			list = append(list, e)
		}
	}
	return list
}

// endpoint returns the webhook of a kind. Subresources, such as the scale of a Deployment, are not
// sent.
func (o *Options) endpoint(k *kinds.Kind, name, path string, operations []admissionv1.OperationType) endpoint {
	version := k.Versions[0]
	if k.Optional {
		version = o.Served[k]
	}
	changed := changedIfLeaving
	if k == kinds.LogConfigs {
		changed = dataChangedIfLeaving
	}
	e := endpoint{
		name: name, path: path, group: k.Group, version: version, resource: k.Resource,
		operations: operations, failure: o.failure(k), timeout: o.Policy.Timeout(k.Resource), only: whileLeaving(k.Only, operations, changed),
	}
	if k.Object != nil {
		e.namespace = k.Object.Namespace
		e.only = append(slices.Clip(e.only), kinds.Condition{Name: "the-judged-object", Expression: fmt.Sprintf("request.name == %q", k.Object.Name)})
	}
	return e
}

// whileLeaving adds, for updates, that what only lets an object go isn't sent.
func whileLeaving(only []kinds.Condition, operations []admissionv1.OperationType, changed kinds.Condition) []kinds.Condition {
	if !slices.Contains(operations, admissionv1.Update) {
		return only
	}
	return append(slices.Clip(only), changed)
}

// failure returns the failure policy of a kind. Unless the policy says otherwise, an outage must
// not block a deployment that is only warned about: its pods are still judged. Nor must it block the
// ConfigMap of the log router, which EKS judges itself (F10.2).
func (o *Options) failure(k *kinds.Kind) admissionv1.FailurePolicyType {
	otherwise := policy.FailurePolicyFail
	if k.IsWorkload() && o.Policy.StrictestWorkloads() != policy.Deny || k.Object != nil {
		otherwise = policy.FailurePolicyIgnore
	}
	return admissionv1.FailurePolicyType(o.Policy.FailurePolicy(k.Resource, otherwise))
}

// serves reports whether the API server serves a kind.
func (o *Options) serves(k *kinds.Kind) bool { return !k.Optional || o.Served[k] != "" }

// appliedAgain returns the webhook of pods whose manifest is applied again. While no replica
// answers, the API server refuses the changed resources itself.
func (o *Options) appliedAgain() endpoint {
	e := o.endpoint(kinds.Pods, "appliedpods.mutate.fargate-webhook", kinds.Pods.MutatePath(), []admissionv1.OperationType{admissionv1.Update})
	e.only, e.failure = appliedPods, admissionv1.Ignore
	return e
}

const (
	// prefilterName is the name of the condition that leaves out new pods without findings.
	prefilterName = "a-rule-may-find-something"
	// unsettledName is that of the condition that leaves out new pods that are mutated already.
	unsettledName = "something-may-change"
)

// alsoOnly adds a condition, unless its expression is empty.
func alsoOnly(only []kinds.Condition, name, expression string) []kinds.Condition {
	if expression == "" {
		return only
	}
	return append(slices.Clip(only), kinds.Condition{Name: name, Expression: expression})
}

// podEndpoints returns the validating webhooks of pods: new ones, gated ones, and the subresources.
// An API server that doesn't know a subresource never sends it.
func (o *Options) podEndpoints(taken string) []endpoint {
	k := kinds.Pods
	create, update := []admissionv1.OperationType{admissionv1.Create}, []admissionv1.OperationType{admissionv1.Update}
	created := o.endpoint(k, "pods.validate.fargate-webhook", k.ValidatePath(), create)
	created.only = alsoOnly(newPods, prefilterName, prefilter.Condition(o.Policy, taken))
	gated := o.endpoint(k, "gatedpods.validate.fargate-webhook", k.ValidatePath(), update)
	gated.only = gatedPods
	list := []endpoint{created, gated}
	for _, subresource := range k.Subresources {
		e := o.endpoint(k, subresource+".validate.fargate-webhook", k.ValidatePath(), update)
		e.resource += "/" + subresource
		e.only = whileLeaving(runningPods, update, changedIfLeaving)
		list = append(list, e)
	}
	return list
}

var (
	// notOfDaemonSet and notMirror leave out pods that never run on Fargate (F2.9, S33).
	notOfDaemonSet = kinds.Condition{Name: "not-of-a-daemonset", Expression: `!has(object.metadata.ownerReferences) || !object.metadata.ownerReferences.exists(o, o.kind == "DaemonSet" && has(o.controller) && o.controller)`}
	notMirror      = kinds.Condition{Name: "not-a-mirror-pod", Expression: `!has(object.metadata.annotations) || !("` + corev1.MirrorPodAnnotationKey + `" in object.metadata.annotations)`}

	// newPods leaves out pods that no scheduler sees (S33). Pods are sent when they are created,
	// since EKS claims them only then (F1.13, F2.2, S23).
	newPods = []kinds.Condition{notOfDaemonSet, notMirror, {Name: "not-bound-to-a-node", Expression: `!has(object.spec.nodeName) || object.spec.nodeName == ""`}}

	// gatedPods leaves out pods without scheduling gates. Until the last gate is removed, and in
	// the update that removes it, the node selector and affinity of a pod may change; nothing else
	// that a rule checks may. A pod that is being deleted, or loses its owner, must not wait for the
	// webhook.
	gatedPods = []kinds.Condition{notOfDaemonSet, notMirror, {Name: "gated", Expression: `has(oldObject.spec.schedulingGates) && size(oldObject.spec.schedulingGates) > 0 && ` +
		`!has(object.metadata.deletionTimestamp) && object.spec != oldObject.spec`}}

	// appliedPods leaves out pods whose resources weren't set, and updates that leave the
	// containers alone.
	appliedPods = []kinds.Condition{
		{Name: "resources-recorded", Expression: `has(oldObject.metadata.annotations) && "` + sizing.RecordAnnotation + `" in oldObject.metadata.annotations`},
		{Name: "containers-changed", Expression: `!has(object.metadata.deletionTimestamp) && (object.spec.containers != oldObject.spec.containers || ` +
			`has(object.spec.initContainers) && has(oldObject.spec.initContainers) && object.spec.initContainers != oldObject.spec.initContainers)`},
	}

	// changedIfLeaving leaves out updates of objects that are being deleted, unless they change the
	// spec: removing finalizers must not wait for the webhook.
	changedIfLeaving = kinds.Condition{Name: "spec-changed-if-being-deleted", Expression: `request.operation != "UPDATE" || !has(object.metadata.deletionTimestamp) || ` +
		`has(object.spec) && (!has(oldObject.spec) || object.spec != oldObject.spec)`}
	// dataChangedIfLeaving is the same for a ConfigMap, whose data may be absent.
	dataChangedIfLeaving = kinds.Condition{Name: "data-changed-if-being-deleted", Expression: `request.operation != "UPDATE" || !has(object.metadata.deletionTimestamp) || ` +
		`has(object.data) != has(oldObject.data) || has(object.data) && object.data != oldObject.data`}

	// runningPods leaves out pods on nodes that are not Fargate's (F5.1).
	runningPods = []kinds.Condition{notOfDaemonSet, notMirror, {Name: "not-bound-elsewhere", Expression: `!has(object.spec.nodeName) || object.spec.nodeName == "" || object.spec.nodeName.startsWith("fargate-")`}}
)

func (e *endpoint) rule() *applyv1.RuleWithOperationsApplyConfiguration {
	return applyv1.RuleWithOperations().
		WithOperations(e.operations...).
		WithAPIGroups(e.group).WithAPIVersions(e.version).WithResources(e.resource).
		WithScope(admissionv1.NamespacedScope)
}

const (
	// conditionName is the name of the match condition of each webhook.
	conditionName = "may-concern-fargate"
	// scopeName is that of the part of it that the profiles say.
	scopeName = "namespace-of-a-fargate-profile"
)

// namespaces returns the names of the only namespaces that are sent, nil where a selector can't list
// them.
func (e *endpoint) namespaces(in *scope) []string {
	if e.namespace != "" {
		return []string{e.namespace}
	}
	return in.names
}

// conditions returns the condition of the endpoint: that a Fargate profile selects the namespace, unless
// the selector says so, and then the others. They are one, of which the API server evaluates no more than
// it must: of several it evaluates all, even where the first is false.
func (e *endpoint) conditions(in *scope) []*applyv1.MatchConditionApplyConfiguration {
	all := e.only
	if in.expression != "" && len(e.namespaces(in)) == 0 {
		all = append([]kinds.Condition{{Name: scopeName, Expression: in.expression}}, all...)
	}
	if len(all) == 0 {
		return nil
	}
	var parts []string
	for _, c := range all {
		parts = append(parts, "("+c.Expression+")")
	}
	return []*applyv1.MatchConditionApplyConfiguration{applyv1.MatchCondition().WithName(conditionName).WithExpression(strings.Join(parts, " && "))}
}
