package kinds

import (
	"slices"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/kinds/lbc"
	"fargate-webhook/policy"
)

// Table holds all kinds that are judged.
var Table = []*Kind{
	Pods, DaemonSets, Services, Ingresses, TargetGroupConfigurations,
	Deployments, StatefulSets, ReplicaSets, ReplicationControllers, Jobs, CronJobs,
	LogConfigs,
}

// workloads are the kinds with a pod template.
var workloads = slices.DeleteFunc(slices.Clone(Table), func(k *Kind) bool { return k.template == nil })

var (
	// Pods are changed, and judged again when all webhooks have changed them.
	Pods = &Kind{
		Versions: []string{"v1"}, Kind: "Pod", Resource: "pods", Subresources: []string{"ephemeralcontainers", "resize"},
		Headline: "Fargate can't run this pod", OptOut: optOutPod, OptOutUpdate: optOutRunning, Mutated: onCreate, slot: slotOf[corev1.Pod](),
	}
	// DaemonSets get a node affinity where the policy says so.
	DaemonSets = &Kind{
		Group: "apps", Versions: []string{"v1"}, Kind: "DaemonSet", Resource: "daemonsets",
		Headline: "Fargate can't run this DaemonSet", OptOut: optOutSelf("DaemonSet"), Mutated: whenSteered, MutatedOnly: newOrAddedTo, slot: slotOf[appsv1.DaemonSet](),
	}
	// Services get IP targets, or another type where the policy says so.
	Services = &Kind{
		Versions: []string{"v1"}, Kind: "Service", Resource: "services",
		Headline: "This Service can't reach pods on Fargate", OptOut: optOutSelf("Service"), Mutated: createAndUpdate, MutatedOnly: serviceChanges,
		Only: []Condition{reachedByNodes}, slot: slotOf[corev1.Service](),
	}
	// Ingresses get IP targets.
	Ingresses = &Kind{
		Group: "networking.k8s.io", Versions: []string{"v1"}, Kind: "Ingress", Resource: "ingresses",
		Headline: "This Ingress can't reach pods on Fargate", OptOut: optOutSelf("Ingress"), Mutated: createAndUpdate, MutatedOnly: newOrAddedTo, slot: slotOf[networkingv1.Ingress](),
	}
	// TargetGroupConfigurations get IP targets.
	TargetGroupConfigurations = &Kind{
		Group: lbc.GatewayGroup, Versions: []string{lbc.GatewayVersion, lbc.GatewayBetaVersion}, Kind: lbc.TargetGroupKind, Resource: lbc.TargetGroupResource,
		Headline: "Routes with this TargetGroupConfiguration can't reach pods on Fargate", OptOut: optOutSelf(lbc.TargetGroupKind), Mutated: createAndUpdate, MutatedOnly: newOrAddedTo, Optional: true,
		slot: slotOf[lbc.TargetGroupConfiguration](),
	}
	// LogConfigs are one ConfigMap: that of the log router of Fargate. No profile selects its
	// namespace as a rule.
	LogConfigs = &Kind{
		Versions: []string{"v1"}, Kind: "ConfigMap", Resource: "configmaps", Object: &NamespacedName{"aws-observability", "aws-logging"},
		Headline: "Fargate's log router doesn't take this ConfigMap", OptOut: "If no pod that runs on Fargate needs its logs, delete the ConfigMap instead.", slot: slotOf[corev1.ConfigMap](),
	}
	// Deployments are judged by their template, as all workloads are: GitOps tools and controllers
	// would revert a change.
	Deployments = workload("apps", "Deployment", "deployments", slotOf[appsv1.Deployment](),
		func(d *appsv1.Deployment) *corev1.PodTemplateSpec { return &d.Spec.Template })
	// StatefulSets also have claim templates.
	StatefulSets = workload("apps", "StatefulSet", "statefulsets", slotOf[appsv1.StatefulSet](),
		func(s *appsv1.StatefulSet) *corev1.PodTemplateSpec { return &s.Spec.Template })
	// ReplicaSets of a Deployment are not judged.
	ReplicaSets = withCondition(notControlled, workload("apps", "ReplicaSet", "replicasets", slotOf[appsv1.ReplicaSet](),
		func(s *appsv1.ReplicaSet) *corev1.PodTemplateSpec { return &s.Spec.Template }))
	// ReplicationControllers are still served.
	ReplicationControllers = workload("", "ReplicationController", "replicationcontrollers", slotOf[corev1.ReplicationController](),
		func(c *corev1.ReplicationController) *corev1.PodTemplateSpec { return c.Spec.Template })
	// Jobs of a CronJob are not judged.
	Jobs = withCondition(notControlled, workload("batch", "Job", "jobs", slotOf[batchv1.Job](),
		func(j *batchv1.Job) *corev1.PodTemplateSpec { return &j.Spec.Template }))
	// CronJobs have their template within that of the Job.
	CronJobs = at("spec.jobTemplate.spec.template", workload("batch", "CronJob", "cronjobs", slotOf[batchv1.CronJob](),
		func(c *batchv1.CronJob) *corev1.PodTemplateSpec { return &c.Spec.JobTemplate.Spec.Template }))
)

const (
	optOut    = "To run it on EC2 nodes, add the annotation eks.amazonaws.com/compute-type: ec2"
	optOutPod = optOut + " to the pod, or to the pod template of its workload."
	// optOutRunning is for changes of a pod that runs on Fargate already.
	optOutRunning = "It runs on Fargate already. To run it on EC2 nodes, create a new pod with the annotation eks.amazonaws.com/compute-type: ec2."
)

// optOutSelf is for kinds that opt out by an annotation of the object itself.
func optOutSelf(kind string) string {
	return "If its pods run on EC2 nodes, add the annotation eks.amazonaws.com/compute-type: ec2 to the " + kind + " itself."
}

// workload makes the row of a kind with a pod template at spec.template. An annotation of the
// workload itself says nothing about its pods.
func workload[T runtime.Object](group, kind, resource string, slot func() Slot, template func(T) *corev1.PodTemplateSpec) *Kind {
	return at("spec.template", &Kind{
		Group: group, Versions: []string{"v1"}, Kind: kind, Resource: resource,
		Headline: "Fargate can't run the pods of this " + kind, slot: slot,
		template: func(object runtime.Object) *corev1.PodTemplateSpec {
			if typed, ok := object.(T); ok {
				return template(typed)
			}
			return nil
		},
	})
}

// at sets the path of the pod template.
func at(path string, k *Kind) *Kind {
	k.TemplatePath = path
	k.OptOut = "To run its pods on EC2 nodes, add the annotation eks.amazonaws.com/compute-type: ec2 to " + path + ".metadata."
	return k
}

func withCondition(condition Condition, k *Kind) *Kind {
	k.Only = append(k.Only, condition)
	return k
}

func onCreate(*policy.Policy) []admissionv1.OperationType {
	return []admissionv1.OperationType{admissionv1.Create}
}

func whenSteered(p *policy.Policy) []admissionv1.OperationType {
	if !p.SteersDaemonSets() {
		return nil
	}
	return createAndUpdate(p)
}

// createAndUpdate is for kinds that keep on UPDATE what was added to them on CREATE.
func createAndUpdate(*policy.Policy) []admissionv1.OperationType {
	return []admissionv1.OperationType{admissionv1.Create, admissionv1.Update}
}

// newOrAddedTo leaves out updates of objects to which nothing was added.
func newOrAddedTo(*policy.Policy) Condition {
	return Condition{"new-or-added-to", isNew + " || " + addedTo}
}

// serviceChanges is newOrAddedTo, with all updates of NodePort Services where these are rewritten:
// whoever applies a manifest again must get the same Service each time.
func serviceChanges(p *policy.Policy) Condition {
	if !p.RewritesNodePorts() {
		return newOrAddedTo(p)
	}
	return Condition{"new-or-added-to-or-node-port", isNew + ` || has(object.spec.type) && object.spec.type == "NodePort" || ` + addedTo}
}

const (
	isNew = `request.operation == "CREATE"`
	// addedTo is true for an object to which something was added, and that isn't being deleted:
	// what removes its finalizers must not wait for the webhook.
	addedTo = `!has(object.metadata.deletionTimestamp) && has(oldObject.metadata.annotations) && "` + AddedAnnotation + `" in oldObject.metadata.annotations`
)

var (
	// reachedByNodes leaves out Services that work on Fargate as they do elsewhere (F6.10).
	reachedByNodes = Condition{"reached-by-nodes", `has(object.spec.type) && object.spec.type in ["NodePort", "LoadBalancer"] || has(object.spec.externalIPs) && size(object.spec.externalIPs) > 0`}
	// notControlled leaves out what a controller created: its owner is sent. What loses its controller
	// is left out too: the garbage collector does that before it deletes an owner without its
	// dependents (--cascade=orphan), which must not wait for the webhook.
	notControlled = Condition{"not-of-a-controller", uncontrolled("object") + ` && (request.operation == "CREATE" || ` + uncontrolled("oldObject") + `)`}
)

// uncontrolled returns the expression that an object has no controller.
func uncontrolled(object string) string {
	owners := object + ".metadata.ownerReferences"
	return "(!has(" + owners + ") || !" + owners + ".exists(o, has(o.controller) && o.controller))"
}
