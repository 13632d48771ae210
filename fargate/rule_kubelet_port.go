package fargate

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
)

// kubeletPort is where kubelet listens on every node.
const kubeletPort = 10250

// RuleKubeletPort is about a container that listens on TCP port 10250, as its
// ports[].containerPort says. On Fargate the pod has its node's IP address,
// where kubelet has that port already (F4.28, S26).
const RuleKubeletPort RuleID = "kubelet-port"

func ruleKubeletPort() Rule {
	return Rule{
		ID:      RuleKubeletPort,
		Default: ActionWarn,
		Title:   "a container listens on the port of kubelet",
		What:    "ports[].containerPort should not be 10250 over TCP, in init containers, sidecars and containers.",
		Why: "On Fargate a pod has the IP address of its node, and kubelet listens on port 10250 there. The program finds its address in " +
			"use, or its clients reach kubelet instead and complain of its certificate. The webhooks of cert-manager and external-secrets " +
			"and metrics-server use this port by default.",
		Sources: []string{
			"https://github.com/cert-manager/cert-manager/issues/3237",
			"https://github.com/kubernetes-sigs/metrics-server/issues/1271",
			"https://github.com/external-secrets/external-secrets/issues/1981",
		},
		Remedy: "let the program listen on another port, such as 10260, and change its Service's targetPort",
		pod:    kubeletPorts,
	}
}

func kubeletPorts(s *subject) []Finding {
	var found []Finding
	for c := range s.containers() {
		for i := range c.Ports {
			if p := &c.Ports[i]; p.ContainerPort == kubeletPort && (p.Protocol == corev1.ProtocolTCP || p.Protocol == "") {
				found = append(found, c.finding(fmt.Sprintf("ports[%d].containerPort", i), "containerPort 10250 is kubelet's on Fargate"))
			}
		}
	}
	return found
}
