package rules

import (
	"iter"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/sizing"
	"fargate-webhook/fargate/traffic"
	"fargate-webhook/policy"
)

// Pod is a pod, or a pod template, as the rules see it. It is complete when it is built.
type Pod struct {
	// Namespace is that of the request (S22).
	Namespace string
	Meta      *metav1.ObjectMeta
	Spec      *corev1.PodSpec
	Settings  *policy.Settings
	// Cluster returns other objects, nil when nothing is known of them.
	Cluster cluster.Reader
	// Offline is true in a review, which knows only what its manifests say.
	Offline bool
	// Done is closed when nobody waits for the violations any more, nil for never.
	Done <-chan struct{}
	// Placement says where it runs, and Plan what Fargate provisions for it.
	Placement placement.Placement
	Plan      sizing.Plan
	// LabelChange is what the labels for Fargate change about who selects it; nil when that is
	// nothing, or when no rule wants to know.
	LabelChange *traffic.LabelChange
	// LabelsMissing is true when it should have been given its placement's labels and wasn't.
	LabelsMissing bool
	// OtherNamespaces says which namespaces profiles select, where none selects the pod's and the
	// cluster has no nodes but Fargate's; "" elsewhere.
	OtherNamespaces string
	// Template is true for the template of pods that are created later: what these will find in the
	// cluster isn't known.
	Template bool
	// TemplatePath is that of the template in its workload; empty for a pod. Around is the metadata
	// around the template: that of the workload, and of a CronJob's job template.
	TemplatePath string
	Around       []placement.Spot
	// ClaimTemplates are those of the StatefulSet whose template it is.
	ClaimTemplates []corev1.PersistentVolumeClaim
	// ClaimPods are the names of that StatefulSet's pods, by which it names claims; nil for very many.
	ClaimPods []string
	// ResizedFrom is the spec before a resize in place; nil for any other request.
	ResizedFrom *corev1.PodSpec
}

// PodState says where a pod is, as far as rules differ in it. States combine with |.
type PodState int

const (
	// OnFargate is a pod that runs on Fargate.
	OnFargate PodState = 1 << iota
	// Elsewhere is a pod that doesn't, though somebody may think so.
	Elsewhere
	// WithoutItsLabels is a pod that EKS didn't claim because the labels of its profile are
	// missing.
	WithoutItsLabels
)

func (p *Pod) state() PodState {
	switch {
	case p.LabelsMissing:
		return WithoutItsLabels
	case p.Placement.Fargate:
		return OnFargate
	}
	return Elsewhere
}

// container is a container and its place in the pod.
type container struct {
	*corev1.Container
	// list is the field of the spec that holds it: "initContainers".
	list  string
	index int
}

// containers returns init containers with sidecars, long-running containers and ephemeral
// containers, as long as somebody waits for what is found in them.
func (p *Pod) containers() iter.Seq[container] {
	return func(yield func(container) bool) {
		next := func(c container) bool { return !Stopped(p.Done) && yield(c) }
		for i := range p.Spec.InitContainers {
			if !next(container{&p.Spec.InitContainers[i], "initContainers", i}) {
				return
			}
		}
		for i := range p.Spec.Containers {
			if !next(container{&p.Spec.Containers[i], "containers", i}) {
				return
			}
		}
		for i := range p.Spec.EphemeralContainers {
			common := &p.Spec.EphemeralContainers[i].EphemeralContainerCommon
			if !next(container{(*corev1.Container)(common), "ephemeralContainers", i}) {
				return
			}
		}
	}
}

// Stopped reports whether nobody waits for a decision any more: whether its channel, nil for never, is
// closed.
func Stopped(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// ends reports an init container that has ended when the others run, unlike a sidecar.
func (c container) ends() bool {
	return c.list == "initContainers" && (c.RestartPolicy == nil || *c.RestartPolicy != corev1.ContainerRestartPolicyAlways)
}

// subject returns the container as messages name it: `init container "setup"`.
func (c container) subject() Subject {
	kind := "container"
	switch {
	case c.list == "ephemeralContainers":
		kind = "ephemeral container"
	case c.list == "initContainers" && sizing.IsSidecar(c.Container):
		kind = "sidecar container"
	case c.list == "initContainers":
		kind = "init container"
	}
	return Subject{Kind: kind, Name: c.Name}
}

// violation returns one of the container, at a field of it such as "securityContext".
func (c container) violation(field, value, problem string) Violation {
	return Violation{
		Subject: c.subject(), Value: value, Problem: problem,
		Field: "spec." + c.list + "[" + strconv.Itoa(c.index) + "]." + field,
	}
}
