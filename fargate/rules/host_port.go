package rules

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/policy"
)

// HostPort is about a container that uses a port of its node: ports[].hostPort other than 0, or
// ports[].hostIP (F4.6). With hostNetwork the API server itself sets every hostPort, and rule
// host-namespaces reports the cause (F4.2, S35).
var HostPort = &Rule{
	ID:       "host-port",
	Default:  policy.Deny,
	Severity: High,
	Title:    "a container uses a port of its node",
	What: "ports[].hostPort must be 0 or absent, and ports[].hostIP absent, in init containers, sidecars and containers. A pod with hostNetwork is not " +
		"checked: Kubernetes sets its host ports, and host-namespaces reports the cause.",
	Why: "A Fargate node runs one pod and has the IP address of that pod. A pod with a host port stays Pending with the event “Pod not supported on " +
		"Fargate: port contains HostIP or HostPort”.",
	Fix: "remove hostPort and hostIP: clients reach the container at the pod's IP address and containerPort, or through a Service",
	References: []string{
		GuideConsiderations,
		"https://github.com/newrelic/nri-kubernetes/issues/87",
		"https://github.com/cert-manager/website/issues/696",
	},
	Facts: []string{"F4.6", "F4.2"},
	Check: Check{Pod: hostPort},
}

func hostPort(p *Pod) []Violation {
	if p.Spec.HostNetwork {
		return nil
	}
	var found []Violation
	for c := range p.containers() {
		for i := range c.Ports {
			if name, value := hostPart(&c.Ports[i]); name != "" {
				found = Keep(found, c.violation(fmt.Sprintf("ports[%d].%s", i, name), value, "must not use a port of the node"))
			}
		}
	}
	return found
}

// hostPart returns the field by which a port uses the node, and its value.
func hostPart(port *corev1.ContainerPort) (name, value string) {
	switch {
	case port.HostPort != 0 && port.HostIP != "":
		return "hostPort", fmt.Sprintf("hostPort %d, hostIP %s", port.HostPort, port.HostIP)
	case port.HostPort != 0:
		return "hostPort", fmt.Sprintf("hostPort %d", port.HostPort)
	case port.HostIP != "":
		return "hostIP", "hostIP " + port.HostIP
	}
	return "", ""
}
