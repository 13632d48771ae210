package fargate

import (
	"iter"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// subject is a pod, or the template of one, as the rules see it: one that will
// run on Fargate, or that should.
type subject struct {
	request   *Request
	meta      *metav1.ObjectMeta
	spec      *corev1.PodSpec
	placement Placement
	settings  *Settings
	// reselected is what the labels to be added change about who selects it,
	// nil when that is nothing or the rules don't ask.
	reselected *reselection
	// requested is what it asks for, and handedOut what it does after admission;
	// size is what Fargate provisions for that, nil when even the largest is
	// too small.
	requested, handedOut Amount
	size                 *Size
	// fitted is true when admission brings its limits down to the size.
	fitted bool
	// trouble is what kept its resources from being set: something that could
	// not be looked up.
	trouble error
	// asItStands is true when admission changes nothing any more: the spec is
	// what will run.
	asItStands bool
	// template is true when it is the template of pods that are made later:
	// what they will find in the cluster by then isn't known.
	template bool
	// claimTemplates are those of the StatefulSet whose template it is.
	claimTemplates []corev1.PersistentVolumeClaim
}

// containerRef is a container and its place in the pod.
type containerRef struct {
	*corev1.Container
	// list is the field of the spec that holds it: "initContainers".
	list  string
	index int
}

// containers are all of the pod's: init containers and native sidecars,
// long-running ones, ephemeral ones.
func (s *subject) containers() iter.Seq[containerRef] {
	return func(yield func(containerRef) bool) {
		for i := range s.spec.InitContainers {
			if !yield(containerRef{&s.spec.InitContainers[i], "initContainers", i}) {
				return
			}
		}
		for i := range s.spec.Containers {
			if !yield(containerRef{&s.spec.Containers[i], "containers", i}) {
				return
			}
		}
		for i := range s.spec.EphemeralContainers {
			common := &s.spec.EphemeralContainers[i].EphemeralContainerCommon
			if !yield(containerRef{(*corev1.Container)(common), "ephemeralContainers", i}) {
				return
			}
		}
	}
}

// String is the container as messages name it: `init container "setup"`.
func (c containerRef) String() string {
	kind := "container "
	switch {
	case c.list == "ephemeralContainers":
		kind = "ephemeral container "
	case c.list == "initContainers" && isSidecar(c.Container):
		kind = "sidecar container "
	case c.list == "initContainers":
		kind = "init container "
	}
	return kind + strconv.Quote(c.Name)
}

// finding is one about the container, at a field of its: "securityContext".
func (c containerRef) finding(field, message string) Finding {
	return Finding{Field: "spec." + c.list + "[" + strconv.Itoa(c.index) + "]." + field, Message: c.String() + ": " + message, subject: c.Name}
}
