package webhook

import (
	"net/http"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/kinds/lbc"
)

// The paths that are served. The registration names the same ones.
const (
	PathMutatePods                     = "/mutate/pods"
	PathValidatePods                   = "/validate/pods"
	PathValidateDaemonSets             = "/validate/daemonsets"
	PathValidateServices               = "/validate/services"
	PathValidateDeployments            = "/validate/deployments"
	PathValidateStatefulSets           = "/validate/statefulsets"
	PathValidateReplicaSets            = "/validate/replicasets"
	PathValidateReplicationControllers = "/validate/replicationcontrollers"
	PathValidateJobs                   = "/validate/jobs"
	PathValidateCronJobs               = "/validate/cronjobs"

	PathMutateDaemonSets     = "/mutate/daemonsets"
	PathMutateServices       = "/mutate/services"
	PathMutateIngresses      = "/mutate/ingresses"
	PathMutateTargetGroups   = "/mutate/targetgroupconfigurations"
	PathValidateIngresses    = "/validate/ingresses"
	PathValidateTargetGroups = "/validate/targetgroupconfigurations"
)

// How to opt out is told with every refusal, by what was refused.
const (
	optOut = "If it is not meant for Fargate, annotate it (a pod: in its template) with eks.amazonaws.com/compute-type: ec2."
	// A pod that is there is refused changes only where it is Fargate's already.
	optOutOfRunning = "It is on Fargate already; if it is not meant for it, make a new pod, annotated (in its template) with eks.amazonaws.com/compute-type: ec2."
	// The annotation of the workload itself says nothing about its pods.
	optOutInTemplate = "If it is not meant for Fargate, annotate its pods, in spec.template.metadata, with eks.amazonaws.com/compute-type: ec2."
	optOutOfCronJob  = "If it is not meant for Fargate, annotate its pods, in spec.jobTemplate.spec.template.metadata, with eks.amazonaws.com/compute-type: ec2."
)

// Handlers are the HTTP handlers by their path.
func Handlers(j Judgement) map[string]http.Handler {
	pod := metav1.GroupVersionKind{Version: "v1", Kind: "Pod"}
	return map[string]http.Handler{
		PathMutatePods:                     &handler[corev1.Pod, *corev1.Pod]{Judgement: j, kind: pod, mutates: true},
		PathValidatePods:                   &handler[corev1.Pod, *corev1.Pod]{Judgement: j, kind: pod, optOut: optOut, parts: []string{"ephemeralcontainers", "resize"}},
		PathValidateDaemonSets:             judging[appsv1.DaemonSet](j, "apps", "DaemonSet", optOut),
		PathValidateServices:               judging[corev1.Service](j, "", "Service", optOut),
		PathValidateDeployments:            judging[appsv1.Deployment](j, "apps", "Deployment", optOutInTemplate),
		PathValidateStatefulSets:           judging[appsv1.StatefulSet](j, "apps", "StatefulSet", optOutInTemplate),
		PathValidateReplicaSets:            judging[appsv1.ReplicaSet](j, "apps", "ReplicaSet", optOutInTemplate),
		PathValidateReplicationControllers: judging[corev1.ReplicationController](j, "", "ReplicationController", optOutInTemplate),
		PathValidateJobs:                   judging[batchv1.Job](j, "batch", "Job", optOutInTemplate),
		PathValidateCronJobs:               judging[batchv1.CronJob](j, "batch", "CronJob", optOutOfCronJob),

		PathMutateDaemonSets:     changing[appsv1.DaemonSet](j, "apps", "DaemonSet"),
		PathMutateServices:       changing[corev1.Service](j, "", "Service"),
		PathMutateIngresses:      changing[networkingv1.Ingress](j, "networking.k8s.io", "Ingress"),
		PathMutateTargetGroups:   changing[lbc.TargetGroupConfiguration](j, lbc.GatewayGroup, lbc.TargetGroupKind, lbc.GatewayBetaVersion),
		PathValidateIngresses:    judging[networkingv1.Ingress](j, "networking.k8s.io", "Ingress", optOut),
		PathValidateTargetGroups: judging[lbc.TargetGroupConfiguration](j, lbc.GatewayGroup, lbc.TargetGroupKind, optOut, lbc.GatewayBetaVersion),
	}
}

// judging is the handler of a kind that is judged and not changed. Versions
// besides v1 may be named.
func judging[T any, P object[T]](j Judgement, group, kind, optOut string, also ...string) http.Handler {
	return &handler[T, P]{Judgement: j, kind: metav1.GroupVersionKind{Group: group, Version: "v1", Kind: kind}, also: also, optOut: optOut}
}

// changing is the handler that changes objects of a kind.
func changing[T any, P object[T]](j Judgement, group, kind string, also ...string) http.Handler {
	return &handler[T, P]{Judgement: j, kind: metav1.GroupVersionKind{Group: group, Version: "v1", Kind: kind}, also: also, mutates: true}
}
