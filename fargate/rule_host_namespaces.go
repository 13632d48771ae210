package fargate

// RuleHostNamespaces is about a pod that shares namespaces of its node:
// spec.hostNetwork, spec.hostPID and spec.hostIPC. Only false is all right
// (F4.3, F4.4, F4.5). EKS claims such a pod all the same, and then never runs
// it (F2.10).
const RuleHostNamespaces RuleID = "host-namespaces"

func ruleHostNamespaces() Rule {
	return Rule{
		ID:      RuleHostNamespaces,
		Default: ActionDeny,
		Title:   "the pod shares namespaces of its node",
		What:    "spec.hostNetwork, spec.hostPID and spec.hostIPC must be false or absent.",
		Why: "A Fargate node belongs to AWS and runs one pod. A pod that asks for the node's network, processes or IPC is claimed for Fargate " +
			"all the same, and then stays Pending with the event “Pod not supported on Fargate: fields not supported: HostNetwork” " +
			"(or HostPID, HostIPC).",
		Sources: []string{
			guideConsiderations,
			"https://github.com/kubernetes-sigs/aws-efs-csi-driver/issues/1179",
			"https://github.com/aws/containers-roadmap/issues/1517",
			podValidator,
		},
		Remedy: "remove the field; a pod on Fargate has an IP address of its own and is alone on its node, so most programs need none of the three",
		pod:    hostNamespaces,
	}
}

func hostNamespaces(s *subject) []Finding {
	var found []Finding
	for _, f := range [...]struct {
		field string
		set   bool
	}{
		{"hostNetwork", s.spec.HostNetwork},
		{"hostPID", s.spec.HostPID},
		{"hostIPC", s.spec.HostIPC},
	} {
		if f.set {
			found = append(found, Finding{Field: "spec." + f.field, Message: f.field + " is true"})
		}
	}
	return found
}
