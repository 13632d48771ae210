package fargate

import (
	"fmt"
	"strings"
)

// RuleUnsafeSysctl is about spec.securityContext.sysctls. A kubelet sets the
// safe ones of the Kubernetes documentation; others need a flag of kubelet's,
// which on Fargate is AWS's to set (F4.22). The list is that of the Kubernetes
// versions that EKS runs: tcp_slow_start_after_idle and tcp_notsent_lowat are
// safe from 1.37 on only.
const RuleUnsafeSysctl RuleID = "unsafe-sysctl"

func ruleUnsafeSysctl() Rule {
	return Rule{
		ID:      RuleUnsafeSysctl,
		Default: ActionDeny,
		Title:   "the pod sets a sysctl that Kubernetes calls unsafe",
		What: "spec.securityContext.sysctls may set kernel.shm_rmid_forced and, below net.ipv4, ip_local_port_range, tcp_syncookies, " +
			"ping_group_range, ip_unprivileged_port_start, ip_local_reserved_ports, tcp_keepalive_time, tcp_fin_timeout, " +
			"tcp_keepalive_intvl, tcp_keepalive_probes, tcp_rmem and tcp_wmem.",
		Why: "A kubelet starts no pod with another sysctl unless a flag of its own allows it, and nobody but AWS sets the flags of the " +
			"kubelet on a Fargate node.",
		Sources: []string{
			"https://github.com/aws/containers-roadmap/issues/967",
			"Kubernetes documentation, “Using sysctls in a Kubernetes Cluster”, safe and unsafe sysctls",
			"Kubernetes, pkg/kubelet/sysctl/safe_sysctls.go",
		},
		Remedy: "remove the sysctl; a pod that needs it has to run on EC2 nodes whose kubelet allows it",
		pod:    unsafeSysctls,
	}
}

func unsafeSysctls(s *subject) []Finding {
	if s.spec.SecurityContext == nil {
		return nil
	}
	var found []Finding
	for i := range s.spec.SecurityContext.Sysctls {
		if name := s.spec.SecurityContext.Sysctls[i].Name; !isSafeSysctl(dotted(name)) {
			found = append(found, Finding{
				Field:   fmt.Sprintf("spec.securityContext.sysctls[%d].name", i),
				Message: fmt.Sprintf("sysctl %q is set, and no kubelet on Fargate allows it", name),
				subject: name,
			})
		}
	}
	return found
}

func isSafeSysctl(name string) bool {
	switch name {
	case "kernel.shm_rmid_forced",
		"net.ipv4.ip_local_port_range",
		"net.ipv4.tcp_syncookies",
		"net.ipv4.ping_group_range",
		"net.ipv4.ip_unprivileged_port_start",
		"net.ipv4.ip_local_reserved_ports",
		"net.ipv4.tcp_keepalive_time",
		"net.ipv4.tcp_fin_timeout",
		"net.ipv4.tcp_keepalive_intvl",
		"net.ipv4.tcp_keepalive_probes",
		"net.ipv4.tcp_rmem",
		"net.ipv4.tcp_wmem":
		return true
	}
	return false
}

// dotted is a sysctl's name with dots, where it is written with slashes:
// Kubernetes takes both, and the first separator says which it is.
func dotted(name string) string {
	if i := strings.IndexAny(name, "./"); i < 0 || name[i] == '.' {
		return name
	}
	return strings.NewReplacer("/", ".", ".", "/").Replace(name)
}
