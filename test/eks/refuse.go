package eks

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// refusal is why fargate-scheduler doesn't schedule a pod: the reason of the pod's condition and the
// message of the event.
type refusal struct {
	reason, message string
}

// What a condition gives as its reason. The first is in events (F4.1), the second in conditions
// (F3.6).
const (
	reasonUnsupported = "POD_UNSUPPORTED_ON_FARGATE"
	reasonTooBig      = "POD_CPU_MEM_EXCEEDS_MAX_FARGATE_SIZE"
)

// boundClaim is what a PersistentVolumeClaim is bound to: nothing if volume is "", a volume without
// CSI if driver is "".
type boundClaim struct {
	volume, driver string
}

// refuse returns why Fargate doesn't run a pod, or nil, in the words that users have pasted from
// their clusters (F3.6, F4.1 to F4.17). claims has the pod's PersistentVolumeClaims by name.
func refuse(pod *corev1.Pod, profile string, claims map[string]boundClaim, nodes []*corev1.Node) *refusal {
	var clauses []string
	list := func(prefix, separator string, values []string) {
		if len(values) > 0 {
			clauses = append(clauses, prefix+strings.Join(values, separator))
		}
	}
	// The order of the clauses is that of F4.2, as far as it is known.
	list("fields not supported: ", ", ", hostFields(&pod.Spec))
	list("invalid SecurityContext fields: ", ",", securityFields(&pod.Spec))
	list("", "", hostPorts(&pod.Spec))
	list("volumes not supported: ", ", ", volumes(&pod.Spec, claims))
	list("", "", devices(&pod.Spec))
	if owner := metav1.GetControllerOf(pod); owner != nil && owner.Kind == "DaemonSet" {
		clauses = append(clauses, "DaemonSet not supported") // F4.15
	}
	if len(clauses) > 0 {
		return &refusal{reasonUnsupported, "Pod not supported on Fargate: " + strings.Join(clauses, ", ")}
	}
	if !slices.ContainsFunc(nodes, func(node *corev1.Node) bool { return fits(pod, node) }) { // F4.17
		return &refusal{reasonUnsupported,
			fmt.Sprintf("MatchNodeSelector failed: Fargate profile %s cannot satisfy pod's node selector/affinity requirements", profile)}
	}
	if _, ok := sizeFor(&pod.Spec); !ok { // F3.6
		return &refusal{reasonTooBig, "Your pod's cpu/memory requirements exceed the max Fargate configuration"}
	}
	return refuseUnseen(&pod.Spec)
}

// refuseUnseen returns why a pod can't run although nobody has published what EKS says about it:
// the message is the stand-in's own.
func refuseUnseen(spec *corev1.PodSpec) *refusal {
	unseen := func(message string) *refusal { return &refusal{reasonUnsupported, "(stand-in) " + message} }
	const most = (175 - 5) << 30 // F3.12: provisioned are 175 GiB at most, the sum, 10 % and 5 GiB
	if requested(spec, corev1.ResourceEphemeralStorage) > most*10/11 {
		return unseen("ephemeral storage exceeds 175 GiB")
	}
	if len(spec.ResourceClaims) > 0 { // F3.13
		return unseen("Fargate nodes have no devices to claim")
	}
	if spec.OS != nil && spec.OS.Name != corev1.Linux { // F3.13
		return unseen("Fargate nodes run Linux")
	}
	for _, container := range containers(spec) {
		for name, amount := range container.Resources.Requests {
			ordinary := name == corev1.ResourceCPU || name == corev1.ResourceMemory || name == corev1.ResourceEphemeralStorage
			if !ordinary && !amount.IsZero() { // F3.13
				return unseen("Fargate nodes have no " + string(name))
			}
		}
	}
	return nil
}

// containers returns init containers and containers.
func containers(spec *corev1.PodSpec) []*corev1.Container {
	var all []*corev1.Container
	for i := range spec.InitContainers {
		all = append(all, &spec.InitContainers[i])
	}
	for i := range spec.Containers {
		all = append(all, &spec.Containers[i])
	}
	return all
}

// hostFields are F4.3 to F4.5.
func hostFields(spec *corev1.PodSpec) (found []string) {
	if spec.HostNetwork {
		found = append(found, "HostNetwork")
	}
	if spec.HostPID {
		found = append(found, "HostPID")
	}
	if spec.HostIPC {
		found = append(found, "HostIPC")
	}
	return found
}

// hostPorts is F4.6.
func hostPorts(spec *corev1.PodSpec) []string {
	for _, container := range containers(spec) {
		for _, port := range container.Ports {
			if port.HostPort != 0 || port.HostIP != "" {
				return []string{"port contains HostIP or HostPort"}
			}
		}
	}
	return nil
}

// devices is F4.14.
func devices(spec *corev1.PodSpec) []string {
	for _, container := range containers(spec) {
		if len(container.VolumeDevices) > 0 {
			return []string{"volumeDevices not supported"}
		}
	}
	return nil
}
