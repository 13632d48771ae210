package rules

import "fargate-webhook/policy"

// HostNamespaces is about a pod that shares namespaces of its node: spec.hostNetwork, spec.hostPID
// and spec.hostIPC must be false or absent (F4.3 to F4.5). EKS claims such a pod, and then never
// runs it (F2.10).
var HostNamespaces = &Rule{
	ID:       "host-namespaces",
	Default:  policy.Deny,
	Severity: High,
	Title:    "the pod shares namespaces of its node",
	What:     "spec.hostNetwork, spec.hostPID and spec.hostIPC must be false or absent.",
	Why: "A Fargate node belongs to AWS and runs one pod. EKS claims a pod that uses the node's network, processes or IPC for Fargate, and the " +
		"pod then stays Pending with the event “Pod not supported on Fargate: fields not supported: HostNetwork” (or HostPID, HostIPC).",
	Fix: "remove these fields: a pod on Fargate has its own IP address and is alone on its node",
	References: []string{
		GuideConsiderations,
		"https://github.com/kubernetes-sigs/aws-efs-csi-driver/issues/1179",
		"https://github.com/aws/containers-roadmap/issues/1517",
		podValidator,
	},
	Facts: []string{"F4.3", "F4.4", "F4.5", "F2.10"},
	Check: Check{Pod: hostNamespaces},
}

func hostNamespaces(p *Pod) []Violation {
	var found []Violation
	for _, f := range [...]struct {
		path string
		set  bool
	}{
		{"spec.hostNetwork", p.Spec.HostNetwork},
		{"spec.hostPID", p.Spec.HostPID},
		{"spec.hostIPC", p.Spec.HostIPC},
	} {
		if f.set {
			found = Keep(found, Violation{Subject: FieldSubject(f.path), Field: f.path, Problem: "must not be true"})
		}
	}
	return found
}
