package rules

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/fixtures"
)

// adding returns the minimal pod with capabilities added.
func adding(capabilities ...corev1.Capability) *Pod {
	pod := fixtures.Pod()
	pod.Spec.Containers[0].SecurityContext.Capabilities = &corev1.Capabilities{Add: capabilities}
	return onFargate(pod)
}

const addedField = "spec.containers[0].securityContext.capabilities.add"

func TestAddedCapabilities(t *testing.T) {
	checkFindings(t, AddedCapabilities, adding("NET_ADMIN", "CHOWN", "ALL"),
		finds(`container "app" (NET_ADMIN, ALL) must not add capabilities that Fargate doesn't grant`, addedField+"[0]", addedField+"[2]"))
}

// Fargate compares exactly, so capitals and spaces matter (S12).
func TestAddedCapabilitiesSuggestSpelling(t *testing.T) {
	for _, c := range []struct {
		written corev1.Capability
		value   string // as the message quotes it
		right   string // "" where no spelling is granted
	}{
		{"CAP_CHOWN", `"CAP_CHOWN"`, "CHOWN"},
		{"chown", `"chown"`, "CHOWN"},
		{" CHOWN ", `" CHOWN "`, "CHOWN"},
		{"\tcap_net_raw\n", `"\tcap_net_raw\n"`, "NET_RAW"},
		{"MyCap", `"MyCap"`, "MYCAP"},
		{"cap_net_admin", "cap_net_admin", ""},
		{"", "", ""},
	} {
		p := adding(c.written)
		p.Settings.AllowedCapabilities = []string{"MYCAP"}
		problem, fix := " must not add capabilities that Fargate doesn't grant", AddedCapabilities.Fix
		if c.right != "" {
			problem, fix = " must write added capabilities in upper case, without CAP_ and without spaces", `write "`+c.right+`" in securityContext.capabilities.add`
		}
		subject := `container "app"`
		if c.value != "" {
			subject += " (" + c.value + ")"
		}
		if got := checkFindings(t, AddedCapabilities, p, finds(subject+problem, addedField+"[0]")); len(got) == 1 && got[0].Remedy != fix {
			t.Errorf("%q: remedy %q, want %q", c.written, got[0].Remedy, fix)
		}
	}
}

func TestAllowedCapabilitiesArePolicy(t *testing.T) {
	p := adding("SYS_PTRACE", "NET_ADMIN")
	p.Settings.AllowedCapabilities = []string{"SYS_PTRACE"}
	checkFindings(t, AddedCapabilities, p, finds(`container "app" (NET_ADMIN) must not add capabilities that Fargate doesn't grant`, addedField+"[1]"))
}
