package rules

import "fargate-webhook/policy"

// HostUsers is about a pod in a user namespace of its own: spec.hostUsers is false, which a
// container with procMount: Unmasked requires. Fargate's kernel makes no user namespaces (F4.35).
var HostUsers = &Rule{
	ID:       "host-users",
	Default:  policy.Warn,
	Severity: High,
	Title:    "the pod asks for a user namespace, and Fargate's kernel makes none",
	What:     "spec.hostUsers should not be false. Without it the API server refuses securityContext.procMount: Unmasked in a container, so that both go.",
	Why: "The kernel of Fargate nodes makes no user namespaces: /proc/sys/user/max_user_namespaces is 0. That the container runtime can't start such a pod then follows, and isn't " +
		"documented. Each pod on Fargate has a kernel of its own, which separates it from others in another way.",
	Fix: "remove spec.hostUsers, and procMount from containers; build images with a tool that needs no user namespace, or on EC2 nodes",
	References: []string{
		"https://github.com/podman-container-tools/buildah/issues/6718",
		"Kubernetes documentation, “User Namespaces”",
		"inferred: that such pods don't start on Fargate",
	},
	Facts: []string{"F4.35"},
	Check: Check{Pod: hostUsers},
}

func hostUsers(p *Pod) []Violation {
	if p.Spec.HostUsers == nil || *p.Spec.HostUsers {
		return nil
	}
	return []Violation{{
		Subject: FieldSubject("spec.hostUsers"), Value: "false", Field: "spec.hostUsers",
		Problem: "asks for a user namespace, which the kernel of Fargate nodes doesn't make: the pod will probably not start",
	}}
}
