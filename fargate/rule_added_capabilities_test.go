package fargate

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/fixtures"
)

func TestAddedCapabilities(t *testing.T) {
	checkTold(t, RuleAddedCapabilities, func(p *corev1.Pod) {
		p.Spec.Containers[0].SecurityContext.Capabilities = &corev1.Capabilities{Add: []corev1.Capability{"NET_ADMIN", "CHOWN", "ALL"}}
	},
		`spec.containers[0].securityContext.capabilities.add[0]: container "app": capability "NET_ADMIN" is added`,
		`spec.containers[0].securityContext.capabilities.add[2]: container "app": capability "ALL" is added`,
	)
}

// TestCapabilitySpelling: Fargate compares exactly, so that capitals and odd whitespace matter (S12).
func TestCapabilitySpelling(t *testing.T) {
	for _, c := range []struct {
		spelling corev1.Capability
		right    string
	}{
		{"CAP_CHOWN", "CHOWN"}, {"chown", "CHOWN"}, {" CHOWN ", "CHOWN"}, {"\tcap_net_raw\n", "NET_RAW"}, {"MyCap", "MYCAP"},
		{"cap_net_admin", ""}, {"", ""},
	} {
		spelling, right := c.spelling, c.right
		pod := fixtures.Pod()
		pod.Spec.Containers[0].SecurityContext.Capabilities.Add = []corev1.Capability{spelling}
		s := subjectOf(pod)
		s.settings.AllowedCapabilities = []string{"MYCAP"}
		found := s.findings()
		if len(found) != 1 || found[0].Rule != RuleAddedCapabilities {
			t.Errorf("%q: %v", spelling, found)
			continue
		}
		if hint := `write "` + right + `"`; (right != "") != strings.HasPrefix(found[0].Remedy, hint) {
			t.Errorf("%q: remedy %q, want %q", spelling, found[0].Remedy, hint)
		}
	}
}

func TestAllowedCapabilities(t *testing.T) {
	pod := fixtures.Pod()
	pod.Spec.Containers[0].SecurityContext.Capabilities.Add = []corev1.Capability{"SYS_PTRACE", "NET_ADMIN"}
	s := subjectOf(pod)
	s.settings.AllowedCapabilities = []string{"SYS_PTRACE"}
	if got := told(t, RuleAddedCapabilities, s); len(got) != 1 || !slices.ContainsFunc(got, func(m string) bool { return strings.Contains(m, "NET_ADMIN") }) {
		t.Error(got)
	}
}
