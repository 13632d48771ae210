package fargate

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestUnsafeSysctl(t *testing.T) {
	checkTold(t, RuleUnsafeSysctl, func(p *corev1.Pod) {
		p.Spec.SecurityContext.Sysctls = []corev1.Sysctl{{Name: "net.ipv4.tcp_rmem"}, {Name: "net.core.somaxconn"}, {Name: "NET.ipv4.tcp_rmem"}}
	},
		`spec.securityContext.sysctls[1].name: sysctl "net.core.somaxconn" is set, and no kubelet on Fargate allows it`,
		`spec.securityContext.sysctls[2].name: sysctl "NET.ipv4.tcp_rmem" is set, and no kubelet on Fargate allows it`,
	)
}

// TestDotted: with slashes between, dots are part of a name, as an interface's.
func TestDotted(t *testing.T) {
	for name, want := range map[string]string{
		"": "", "a": "a", "a.b.c": "a.b.c", "a/b/c": "a.b.c", "a.b/c.d": "a.b/c.d", "net/ipv4/conf/eth0.1/x": "net.ipv4.conf.eth0/1.x",
	} {
		if got := dotted(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}
