package rules

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestUnsafeSysctl(t *testing.T) {
	checkChange(t, UnsafeSysctl, func(p *corev1.Pod) {
		p.Spec.SecurityContext.Sysctls = []corev1.Sysctl{{Name: "net.ipv4.tcp_rmem"}, {Name: "net.core.somaxconn"}, {Name: "NET.ipv4.tcp_rmem"}}
	}, finds(`sysctls "net.core.somaxconn", "NET.ipv4.tcp_rmem" must not be set: a kubelet on Fargate sets only safe sysctls`,
		"spec.securityContext.sysctls[1].name", "spec.securityContext.sysctls[2].name"))
}

// In a name with slashes, dots are part of a name between them, as of a network interface's.
func TestDottedReadsBothSpellings(t *testing.T) {
	for name, want := range map[string]string{
		"": "", "a": "a", "a.b.c": "a.b.c", "a/b/c": "a.b.c", "a.b/c.d": "a.b/c.d", "net/ipv4/conf/eth0.1/x": "net.ipv4.conf.eth0/1.x",
	} {
		if got := dotted(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}
