package prefilter

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/sizing"
)

// Whatever another webhook does to a pod after ours, and after EKS's, it is sent if that is something
// to say: nobody gets past the validating webhook by changing the pod late.
func TestChangedBetweenThePhases(t *testing.T) {
	yes := true
	p := strict()
	condition := compiled(t, Condition(p, ""))
	sidecar := func(change func(*corev1.Container)) func(*corev1.Pod) {
		return func(pod *corev1.Pod) {
			c := corev1.Container{Name: "injected", Image: "injected"}
			change(&c)
			pod.Spec.Containers = append(pod.Spec.Containers, c)
		}
	}
	initial := func(change func(*corev1.Container)) func(*corev1.Pod) {
		return func(pod *corev1.Pod) {
			sidecar(change)(pod)
			last := len(pod.Spec.Containers) - 1
			pod.Spec.InitContainers, pod.Spec.Containers = append(pod.Spec.InitContainers, pod.Spec.Containers[last]), pod.Spec.Containers[:last]
		}
	}
	netAdmin := func(c *corev1.Container) {
		c.SecurityContext = &corev1.SecurityContext{Capabilities: &corev1.Capabilities{Add: []corev1.Capability{"NET_ADMIN"}}}
	}
	limits := func(cpu, memory string) func(*corev1.Pod) {
		return func(pod *corev1.Pod) { pod.Spec.Containers[0].Resources.Limits = resources(cpu, memory) }
	}
	for name, c := range map[string]struct {
		change func(*corev1.Pod)
		sent   bool
	}{
		"nothing":                     {func(*corev1.Pod) {}, false},
		"a plain sidecar":             {sidecar(func(*corev1.Container) {}), false},
		"a privileged sidecar":        {sidecar(func(c *corev1.Container) { c.SecurityContext = &corev1.SecurityContext{Privileged: &yes} }), true},
		"a sidecar with a host port":  {sidecar(func(c *corev1.Container) { c.Ports = []corev1.ContainerPort{{ContainerPort: 80, HostPort: 80}} }), true},
		"an init container of a mesh": {initial(netAdmin), true},
		"a sidecar beyond any size":   {sidecar(func(c *corev1.Container) { c.Resources.Requests = resources("17", "") }), true},
		"a sidecar with a GPU":        {sidecar(func(c *corev1.Container) { c.Resources.Limits = corev1.ResourceList{"nvidia.com/gpu": *one()} }), true},
		"a limit above the size":      {limits("8", "256Mi"), true},
		"a memory limit above it":     {limits("250m", "64Gi"), true},
		"the pin removed":             {func(pod *corev1.Pod) { delete(pod.Labels, placement.ProfileLabel) }, true},
		"all labels removed":          {func(pod *corev1.Pod) { pod.Labels = nil }, true},
		"another label":               {func(pod *corev1.Pod) { metav1.SetMetaDataLabel(&pod.ObjectMeta, "more", "x") }, false},
		"the scheduler changed":       {func(pod *corev1.Pod) { pod.Spec.SchedulerName = corev1.DefaultSchedulerName }, true},
		"the priority class changed":  {func(pod *corev1.Pod) { pod.Spec.PriorityClassName = "mine" }, true},
		"a node":                      {func(pod *corev1.Pod) { pod.Spec.NodeName = "ip-10-0-0-1" }, true},
		"the record removed":          {func(pod *corev1.Pod) { delete(pod.Annotations, sizing.RecordAnnotation) }, false},
		"a record of cut limits":      {func(pod *corev1.Pod) { pod.Annotations[sizing.RecordAnnotation] = "Fit! web=1/:250m," }, true},
		"the opt-out, too late":       {func(pod *corev1.Pod) { pod.Annotations[placement.ComputeTypeKey] = "ec2" }, true},
		"a volume of the host": {func(pod *corev1.Pod) {
			pod.Spec.Volumes[1].VolumeSource = corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{}}
		}, true},
		"a claim": {func(pod *corev1.Pod) {
			pod.Spec.Volumes[1].VolumeSource = corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{}}
		}, true},
		"the host's network": {func(pod *corev1.Pod) { pod.Spec.HostNetwork = true }, true},
		"a node selector":    {func(pod *corev1.Pod) { pod.Spec.NodeSelector["kubernetes.io/arch"] = "arm64" }, true},
		"credentials of Pod Identity": {func(pod *corev1.Pod) {
			pod.Spec.Volumes[2].Projected.Sources[0].ServiceAccountToken.Audience = "pods.eks.amazonaws.com"
		}, true},
		"an ephemeral container": {func(pod *corev1.Pod) { pod.Spec.EphemeralContainers = make([]corev1.EphemeralContainer, 1) }, true},
		"no container":           {func(pod *corev1.Pod) { pod.Spec.Containers = nil }, true},
	} {
		pod := admitted(t, typical(1), p)
		c.change(pod)
		if sent := sends(t, condition, pod); sent != c.sent || !sent && len(found(pod, p)) > 0 {
			t.Errorf("%s: sent: %v, findings of %q; want sent: %v", name, sent, found(pod, p), c.sent)
		}
	}
}
