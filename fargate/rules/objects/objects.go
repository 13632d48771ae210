package objects

import (
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/traffic"
	"fargate-webhook/kinds/lbc"
)

// ipOnly completes messages about target types.
const ipOnly = "pods on Fargate are reachable with target type ip only"

// orOptOut completes fixes of what leads traffic to pods: the name of its kind follows.
const orOptOut = "; if its pods run on EC2 nodes, add the annotation " + placement.OptOut + " to the "

// Job is a Job, or the one that a CronJob makes.
type Job struct {
	// Annotations are those of the Job or CronJob.
	Annotations map[string]string
	// Path is that of Spec in the object: "spec".
	Path string
	Spec *batchv1.JobSpec
	// KeepsNone is true for a CronJob that deletes its Jobs as soon as they finish.
	KeepsNone bool
	// Placement is that of its pods.
	Placement placement.Placement
}

// DaemonSet is a DaemonSet.
type DaemonSet struct {
	// Namespace is that of the request (S22).
	Namespace string
	*appsv1.DaemonSet
	// Placement is that of a pod of its template.
	Placement placement.Placement
	// FargateOnly is true when the cluster has no nodes but Fargate's.
	FargateOnly bool
	// WarnOnly is true when it must not be refused: it was created before admission added a node
	// affinity, or an operator changes that.
	WarnOnly bool
}

// Service is a Service, after admission has changed it.
type Service struct {
	*corev1.Service
	Pods traffic.Pods
	// NoController says why the AWS Load Balancer Controller can't be counted on, "" where it is
	// installed.
	NoController string
	// TypeAdded is true when admission assigned its load balancer to that controller.
	TypeAdded bool
}

// Ingress is an Ingress of the AWS Load Balancer Controller.
type Ingress struct {
	Class    traffic.IngressClass
	Backends []traffic.Backend
	// TargetType is its annotation for the target type; HasTargetType is false when there is none.
	TargetType    string
	HasTargetType bool
	// Completed is true when admission sets what it doesn't say.
	Completed bool
}

// LacksTargetType reports whether the controller would take instances as targets for some pods on
// Fargate, since nothing says otherwise.
func (i *Ingress) LacksTargetType() bool {
	if i.HasTargetType || i.Class.TargetType != "" {
		return false
	}
	for k := range i.Backends {
		if b := &i.Backends[k]; b.Certain() && !b.HasTargetType {
			return true
		}
	}
	return false
}

// TargetGroups is a TargetGroupConfiguration for a Service.
type TargetGroups struct {
	Spec    *lbc.TargetGroupConfigurationSpec
	Backend traffic.Backend
	// Completed is true when admission sets what it doesn't say.
	Completed bool
}

// LacksDefault reports whether nothing is said for all routes.
func (t *TargetGroups) LacksDefault() bool {
	return t.Spec.DefaultConfiguration == nil || t.Spec.DefaultConfiguration.TargetType == nil
}
