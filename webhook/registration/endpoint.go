package registration

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	applyv1 "k8s.io/client-go/applyconfigurations/admissionregistration/v1"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/lbc"
	"fargate-webhook/webhook"
)

// endpoint is one webhook of a configuration.
type endpoint struct {
	name, path               string
	group, version, resource string
	operations               []admissionv1.OperationType
	// failure is what becomes of requests while no replica answers.
	failure admissionv1.FailurePolicyType
	// only keeps requests from being sent that the judgement would only let through, besides those
	// of namespaces without Fargate.
	only []condition
}

// condition is a CEL expression that must be true for a request to be sent.
type condition struct{ name, expression string }

// pods selects pods when they are created, the only time at which EKS claims them (F1.13, F2.2,
// S23).
func pods(name, path string) endpoint {
	return endpoint{
		name: name, path: path, version: "v1", resource: "pods", operations: []admissionv1.OperationType{admissionv1.Create},
		failure: admissionv1.Fail, only: append(ownPods(), notBound()),
	}
}

// podPart selects what is written to a part of a pod: by then it is bound to a node, or about to
// be. API servers that don't know the subresource never send it.
func podPart(subresource string) endpoint {
	return endpoint{
		name: subresource + ".validate.fargate-webhook", path: webhook.PathValidatePods, version: "v1", resource: "pods/" + subresource,
		operations: []admissionv1.OperationType{admissionv1.Update}, failure: admissionv1.Fail, only: append(ownPods(), notBoundElsewhere()),
	}
}

// gatedPods selects pods that are held back by scheduling gates: until the last is gone, and with
// the update that takes it away, their node selector and affinity may be changed. Of others nothing
// may that a rule looks at.
func gatedPods() endpoint {
	return endpoint{
		name: "gatedpods.validate.fargate-webhook", path: webhook.PathValidatePods, version: "v1", resource: "pods",
		operations: []admissionv1.OperationType{admissionv1.Update}, failure: admissionv1.Fail, only: append(ownPods(), wasGated()),
	}
}

// written selects objects of a kind whenever they are written. Subresources, such as a Deployment's
// scale, are not among them.
func written(group, resource, path string) endpoint {
	return endpoint{
		name: resource + ".validate.fargate-webhook", path: path, group: group, version: "v1", resource: resource,
		operations: []admissionv1.OperationType{admissionv1.Create, admissionv1.Update}, failure: admissionv1.Fail,
	}
}

// created selects objects of a kind to be changed when they are created.
func created(group, resource, path string) endpoint {
	return endpoint{
		name: resource + ".mutate.fargate-webhook", path: path, group: group, version: "v1", resource: resource,
		operations: []admissionv1.OperationType{admissionv1.Create}, failure: admissionv1.Fail,
	}
}

// mutated are the webhooks of the mutating configuration.
func mutated(options *Options) []endpoint {
	list := []endpoint{pods("pods.mutate.fargate-webhook", webhook.PathMutatePods)}
	if options.Steers {
		list = append(list, created("apps", "daemonsets", webhook.PathMutateDaemonSets))
	}
	services := created("", "services", webhook.PathMutateServices)
	services.only = []condition{reachedByNodes()}
	if options.RewritesNodePorts {
		// What applies a Service again and again must get it the same each time.
		services.operations = append(services.operations, admissionv1.Update)
	}
	list = append(list, services, created("networking.k8s.io", "ingresses", webhook.PathMutateIngresses))
	if options.TargetGroupVersion != "" {
		groups := created(lbc.GatewayGroup, lbc.TargetGroupResource, webhook.PathMutateTargetGroups)
		groups.version = options.TargetGroupVersion
		list = append(list, groups)
	}
	return list
}

// validated are the webhooks of the validating configuration.
func validated(options *Options) []endpoint {
	services := written("", "services", webhook.PathValidateServices)
	services.only = []condition{reachedByNodes()}
	list := []endpoint{
		pods("pods.validate.fargate-webhook", webhook.PathValidatePods),
		gatedPods(),
		podPart("ephemeralcontainers"),
		podPart("resize"),
		written("apps", "daemonsets", webhook.PathValidateDaemonSets),
		services,
		written("networking.k8s.io", "ingresses", webhook.PathValidateIngresses),
	}
	if options.TargetGroupVersion != "" {
		groups := written(lbc.GatewayGroup, lbc.TargetGroupResource, webhook.PathValidateTargetGroups)
		groups.version = options.TargetGroupVersion
		list = append(list, groups)
	}
	return append(list, workloads(options.Workloads)...)
}

// workloads are those of the kinds that make pods, by the strictest thing that can become of one.
// While they are only warned about, an outage of ours must not hold up a deployment: their pods are
// still judged.
func workloads(strictest fargate.Action) []endpoint {
	if strictest == fargate.ActionOff {
		return nil
	}
	list := []endpoint{
		written("apps", "deployments", webhook.PathValidateDeployments),
		written("apps", "statefulsets", webhook.PathValidateStatefulSets),
		written("apps", "replicasets", webhook.PathValidateReplicaSets),
		written("", "replicationcontrollers", webhook.PathValidateReplicationControllers),
		written("batch", "jobs", webhook.PathValidateJobs),
		written("batch", "cronjobs", webhook.PathValidateCronJobs),
	}
	for i := range list {
		e := &list[i]
		if strictest != fargate.ActionDeny {
			e.failure = admissionv1.Ignore
		}
		if e.resource == "replicasets" || e.resource == "jobs" {
			e.only = []condition{notControlled()}
		}
	}
	return list
}

// ownPods leaves out pods that are never Fargate's (F2.9, S33).
func ownPods() []condition {
	return []condition{
		{"not-of-a-daemonset", `!has(object.metadata.ownerReferences) || !object.metadata.ownerReferences.exists(o, o.kind == "DaemonSet" && has(o.controller) && o.controller)`},
		{"not-a-mirror-pod", `!has(object.metadata.annotations) || !("` + corev1.MirrorPodAnnotationKey + `" in object.metadata.annotations)`},
	}
}

// notBound leaves out pods that no scheduler sees (S33).
func notBound() condition {
	return condition{"not-bound-to-a-node", `!has(object.spec.nodeName) || object.spec.nodeName == ""`}
}

// wasGated leaves out all but pods with scheduling gates. One that is being deleted must not wait
// for us.
func wasGated() condition {
	return condition{"gated", `has(oldObject.spec.schedulingGates) && size(oldObject.spec.schedulingGates) > 0 && !has(object.metadata.deletionTimestamp)`}
}

// notBoundElsewhere leaves out pods that run, on a node that is not Fargate's (F5.1).
func notBoundElsewhere() condition {
	return condition{"not-bound-elsewhere", `!has(object.spec.nodeName) || object.spec.nodeName == "" || object.spec.nodeName.startsWith("fargate-")`}
}

// reachedByNodes leaves out Services that work on Fargate as they do elsewhere (F6.10).
func reachedByNodes() condition {
	return condition{"reached-by-nodes", `has(object.spec.type) && object.spec.type in ["NodePort", "LoadBalancer"] || has(object.spec.externalIPs) && size(object.spec.externalIPs) > 0`}
}

// notControlled leaves out what a controller has made and whose owner is sent.
func notControlled() condition {
	return condition{"not-of-a-controller", `!has(object.metadata.ownerReferences) || !object.metadata.ownerReferences.exists(o, has(o.controller) && o.controller)`}
}

func (e *endpoint) rule() *applyv1.RuleWithOperationsApplyConfiguration {
	return applyv1.RuleWithOperations().
		WithOperations(e.operations...).
		WithAPIGroups(e.group).WithAPIVersions(e.version).WithResources(e.resource).
		WithScope(admissionv1.NamespacedScope)
}

// conditions are those of the endpoint, and the scope: that the namespace is one of a Fargate
// profile.
func (e *endpoint) conditions(scope string) []*applyv1.MatchConditionApplyConfiguration {
	var list []*applyv1.MatchConditionApplyConfiguration
	if scope != "" {
		list = append(list, applyv1.MatchCondition().WithName("namespace-of-a-fargate-profile").WithExpression(scope))
	}
	for _, c := range e.only {
		list = append(list, applyv1.MatchCondition().WithName(c.name).WithExpression(c.expression))
	}
	return list
}
