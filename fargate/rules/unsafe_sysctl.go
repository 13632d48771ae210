package rules

import (
	"fmt"
	"slices"
	"strings"

	"fargate-webhook/policy"
)

// safeSysctls are those that Kubernetes calls safe, in the versions that EKS runs.
// tcp_slow_start_after_idle and tcp_notsent_lowat are safe only from 1.37 on (F4.22).
var safeSysctls = []string{
	"kernel.shm_rmid_forced",
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
	"net.ipv4.tcp_wmem",
}

// UnsafeSysctl is about spec.securityContext.sysctls. A kubelet sets the safe ones; others need a
// flag of the kubelet, which AWS controls on Fargate (F4.22).
var UnsafeSysctl = &Rule{
	ID:       "unsafe-sysctl",
	Default:  policy.Deny,
	Severity: High,
	Title:    "the pod sets a sysctl that Kubernetes calls unsafe",
	What:     "spec.securityContext.sysctls may set " + strings.Join(safeSysctls, ", ") + ".",
	Why:      "A kubelet starts no pod with another sysctl unless its flags allow it, and only AWS sets the flags of the kubelet on a Fargate node.",
	Fix:      "remove it from spec.securityContext.sysctls; a pod that needs it has to run on EC2 nodes whose kubelet allows it",
	References: []string{
		"https://github.com/aws/containers-roadmap/issues/967",
		"Kubernetes documentation, “Using sysctls in a Kubernetes Cluster”, safe and unsafe sysctls",
		"Kubernetes, pkg/kubelet/sysctl/safe_sysctls.go",
	},
	Facts: []string{"F4.22"},
	Check: Check{Pod: unsafeSysctls},
}

func unsafeSysctls(p *Pod) []Violation {
	if p.Spec.SecurityContext == nil {
		return nil
	}
	var found []Violation
	for i := range p.Spec.SecurityContext.Sysctls {
		if name := p.Spec.SecurityContext.Sysctls[i].Name; !slices.Contains(safeSysctls, dotted(name)) {
			found = Keep(found, Violation{
				Subject: Subject{Kind: "sysctl", Name: name},
				Field:   fmt.Sprintf("spec.securityContext.sysctls[%d].name", i),
				Problem: "must not be set: a kubelet on Fargate sets only safe sysctls",
			})
		}
	}
	return found
}

// dotted returns the name of a sysctl with dots, if it is written with slashes. Kubernetes accepts
// both; the first separator says which it is.
func dotted(name string) string {
	if i := strings.IndexAny(name, "./"); i < 0 || name[i] == '.' {
		return name
	}
	return strings.NewReplacer("/", ".", ".", "/").Replace(name)
}
