package fargate

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"
)

// toClusterIP makes a NodePort Service one of type ClusterIP where the policy
// says so, and takes away what the API server allows on no Service of that
// type. One that is of type NodePort already is left so: its node ports may be
// in use. Any other update is treated as its creation was, since whoever
// applies the same manifest again asks for the type again.
func (j judge) toClusterIP(service *corev1.Service, patch *Patch) {
	if service.Spec.Type != corev1.ServiceTypeNodePort || !j.settings.rewritesNodePorts() || j.wasNodePort() {
		return
	}
	service.Spec.Type = corev1.ServiceTypeClusterIP
	*patch = append(*patch, Operation{Op: opReplace, Path: "/spec/type", Value: string(corev1.ServiceTypeClusterIP)})
	remove := func(path string) { *patch = append(*patch, Operation{Op: opRemove, Path: path}) }
	for i := range service.Spec.Ports {
		if service.Spec.Ports[i].NodePort != 0 {
			remove("/spec/ports/" + strconv.Itoa(i) + "/nodePort")
		}
	}
	// With external IPs it still says what nodes do with traffic from outside.
	if service.Spec.ExternalTrafficPolicy != "" && len(service.Spec.ExternalIPs) == 0 {
		remove("/spec/externalTrafficPolicy")
	}
	if service.Spec.HealthCheckNodePort != 0 {
		remove("/spec/healthCheckNodePort")
	}
}

// wasNodePort reports an update of a Service that is of type NodePort.
func (j judge) wasNodePort() bool {
	old, ok := j.request.Old.(*corev1.Service)
	return ok && old.Spec.Type == corev1.ServiceTypeNodePort
}
