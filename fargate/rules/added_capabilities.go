package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fargate-webhook/policy"
)

// grantedCapabilities are those that Fargate grants, spelt exactly so: CAP_CHOWN is refused where
// CHOWN is accepted (F4.19, S12).
var grantedCapabilities = []string{
	"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE",
	"NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
}

// AddedCapabilities is about securityContext.capabilities.add, in any kind of container (F4.9,
// F4.26). Only the container runtime's own capabilities may be added (F4.19). Dropping is always
// allowed. A policy may allow more.
var AddedCapabilities = &Rule{
	ID:       "added-capabilities",
	Default:  policy.Deny,
	Severity: High,
	Title:    "a container adds a capability that Fargate doesn't grant",
	What: "securityContext.capabilities.add may contain " + strings.Join(grantedCapabilities, ", ") + ", in capitals and without CAP_, and those in the " +
		"policy's allowedCapabilities. Init containers, sidecars, containers and ephemeral containers are checked; drop is not.",
	Why: "Fargate grants the default capabilities of the container runtime and no others. A pod that adds another one, or spells one of these differently, " +
		"stays Pending with the event “Pod not supported on Fargate: invalid SecurityContext fields: Capabilities added: …”. Common causes are proxies " +
		"that rewrite iptables in an init container (NET_ADMIN) and debuggers (SYS_PTRACE).",
	Fix: "remove from securityContext.capabilities.add what Fargate doesn't grant; if the program needs it, run the pod on EC2 nodes",
	References: []string{
		"https://github.com/aws/containers-roadmap/issues/682",
		"https://github.com/aws/containers-roadmap/issues/1102",
		"https://github.com/frappe/helm/issues/182",
		podValidator,
	},
	Facts: []string{"F4.9", "F4.19", "F4.26"},
	Check: Check{Pod: addedCapabilities},
}

func addedCapabilities(p *Pod) []Violation {
	grants := func(capability string) bool {
		return slices.Contains(grantedCapabilities, capability) || slices.Contains(p.Settings.AllowedCapabilities, capability)
	}
	var found []Violation
	for c := range p.containers() {
		if c.SecurityContext == nil || c.SecurityContext.Capabilities == nil {
			continue
		}
		for i, added := range c.SecurityContext.Capabilities.Add {
			capability := string(added)
			if grants(capability) {
				continue
			}
			v := c.violation(fmt.Sprintf("securityContext.capabilities.add[%d]", i), capability, "must not add capabilities that Fargate doesn't grant")
			if usual := usualSpelling(capability); grants(usual) {
				v.Value = strconv.Quote(capability)
				v.Problem = "must write added capabilities in upper case, without CAP_ and without spaces"
				v.Fix = fmt.Sprintf("write %q in securityContext.capabilities.add", usual)
			}
			found = Keep(found, v)
		}
	}
	return found
}

// usualSpelling returns a capability as Kubernetes spells it: "CHOWN" for " Cap_Chown".
func usualSpelling(capability string) string {
	return strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(capability)), "CAP_")
}
