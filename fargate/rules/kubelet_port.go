package rules

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/policy"
)

// KubeletPort is about a container with ports[].containerPort 10250 over TCP. On Fargate the pod
// has the IP address of its node, where the kubelet uses that port (F4.28, S26).
var KubeletPort = &Rule{
	ID:       "kubelet-port",
	Default:  policy.Warn,
	Severity: High,
	Title:    "a container listens on the port of the kubelet",
	What:     "ports[].containerPort should not be 10250 over TCP, in init containers, sidecars and containers.",
	Why: "On Fargate a pod has the IP address of its node, and the kubelet listens on port 10250 there. The program can't bind the port, or its clients reach the " +
		"kubelet instead and reject its certificate. The webhooks of cert-manager and external-secrets, and metrics-server, use this port by default.",
	Fix: "use another port, such as 10260, and change the targetPort of its Service",
	References: []string{
		"https://github.com/cert-manager/cert-manager/issues/3237",
		"https://github.com/kubernetes-sigs/metrics-server/issues/1271",
		"https://github.com/external-secrets/external-secrets/issues/1981",
	},
	Facts: []string{"F4.28"},
	Check: Check{Pod: kubeletPorts},
}

func kubeletPorts(p *Pod) []Violation {
	var found []Violation
	for c := range p.containers() {
		for i := range c.Ports {
			if port := &c.Ports[i]; port.ContainerPort == placement.KubeletPort && (port.Protocol == corev1.ProtocolTCP || port.Protocol == "") {
				found = Keep(found, c.violation(fmt.Sprintf("ports[%d].containerPort", i), "", "must not listen on port 10250: on Fargate the kubelet does"))
			}
		}
	}
	return found
}
