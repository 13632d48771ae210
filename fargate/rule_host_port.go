package fargate

import (
	"fmt"
	"strings"

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
			if set := hostPartOf(&c.Ports[i]); len(set) > 0 {
				field, _, _ := strings.Cut(set[0], " ")
				found = append(found, c.finding(fmt.Sprintf("ports[%d].%s", i, field), strings.Join(set, " and ")+" is set"))
			}
		}
	}
	return found
}

// hostPartOf lists what a port asks of the node, with the values.
func hostPartOf(port *corev1.ContainerPort) []string {
	var set []string
	if port.HostPort != 0 {
		set = append(set, fmt.Sprintf("hostPort %d", port.HostPort))
	}
	if port.HostIP != "" {
		set = append(set, fmt.Sprintf("hostIP %q", port.HostIP))
	}
	return set
}
