package fargate

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
)

// RuleHostPort is about a container that asks for a port of its node:
// ports[].hostPort other than 0, or ports[].hostIP (F4.6). With hostNetwork
// the API server itself sets every hostPort, and rule host-namespaces has
// named the cause already (F4.2, S35).
const RuleHostPort RuleID = "host-port"

func ruleHostPort() Rule {
	return Rule{
		ID:      RuleHostPort,
		Default: ActionDeny,
		Title:   "a container asks for a port of its node",
		What: "ports[].hostPort must be 0 or absent and ports[].hostIP absent, in init containers, sidecars and containers. A pod with " +
			"hostNetwork is not looked at: Kubernetes sets its host ports by itself, and host-namespaces says what is wrong.",
		Why: "A Fargate node is the machine of one pod and has the pod's own IP address. A pod that asks for a host port stays Pending with " +
			"the event “Pod not supported on Fargate: port contains HostIP or HostPort”.",
		Sources: []string{
			guideConsiderations,
			"https://github.com/newrelic/nri-kubernetes/issues/87",
			"https://github.com/cert-manager/website/issues/696",
		},
		Remedy: "remove hostPort and hostIP; the container is reached at the pod's IP address and containerPort, or by a Service",
		pod:    hostPort,
	}
}

func hostPort(s *subject) []Finding {
	if s.spec.HostNetwork {
		return nil
	}
	var found []Finding
	for c := range s.containers() {
		for i := range c.Ports {
			if field, message := hostPartOf(&c.Ports[i]); field != "" {
				found = append(found, c.finding(fmt.Sprintf("ports[%d].%s", i, field), message))
			}
		}
	}
	return found
}

// hostPartOf is what a port asks of the node: the field and words for it.
func hostPartOf(port *corev1.ContainerPort) (field, message string) {
	switch {
	case port.HostPort != 0 && port.HostIP != "":
		return "hostPort", fmt.Sprintf("hostPort %d and hostIP %q are set", port.HostPort, port.HostIP)
	case port.HostPort != 0:
		return "hostPort", fmt.Sprintf("hostPort %d is set", port.HostPort)
	case port.HostIP != "":
		return "hostIP", fmt.Sprintf("hostIP %q is set", port.HostIP)
	}
	return "", ""
}
