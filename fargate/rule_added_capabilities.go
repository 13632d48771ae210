package fargate

import (
	"fmt"
	"slices"
	"strings"
)

// RuleAddedCapabilities is about securityContext.capabilities.add, in any kind
// of container (F4.9, F4.26). Fourteen capabilities may be added, the container
// runtime's own, spelt exactly so: CAP_CHOWN is refused where CHOWN passes
// (F4.19, S12). To drop one is always all right. A policy may allow more.
const RuleAddedCapabilities RuleID = "added-capabilities"

func ruleAddedCapabilities() Rule {
	return Rule{
		ID:      RuleAddedCapabilities,
		Default: ActionDeny,
		Title:   "a container adds a capability that Fargate doesn't grant",
		What: "securityContext.capabilities.add may hold AUDIT_WRITE, CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, MKNOD, NET_BIND_SERVICE, " +
			"NET_RAW, SETFCAP, SETGID, SETPCAP, SETUID and SYS_CHROOT, in capitals and without CAP_, and what the policy's " +
			"allowedCapabilities holds. Init containers, sidecars, containers and ephemeral containers are looked at; drop is not.",
		Why: "Fargate grants what the container runtime grants by itself and no more. A pod that adds another capability, or spells one of " +
			"these otherwise, stays Pending with the event “Pod not supported on Fargate: invalid SecurityContext fields: Capabilities " +
			"added: …”. Proxies that rewrite iptables in an init container (NET_ADMIN) and debuggers (SYS_PTRACE) are known for it.",
		Sources: []string{
			"https://github.com/aws/containers-roadmap/issues/682",
			"https://github.com/aws/containers-roadmap/issues/1102",
			"https://github.com/frappe/helm/issues/182",
			podValidator,
		},
		Remedy: "remove it from capabilities.add; if the program can't do without, run the pod on EC2 nodes",
		pod:    addedCapabilities,
	}
}

func addedCapabilities(s *subject) []Finding {
	var found []Finding
	for c := range s.containers() {
		if c.SecurityContext == nil || c.SecurityContext.Capabilities == nil {
			continue
		}
		for i, added := range c.SecurityContext.Capabilities.Add {
			capability := string(added)
			if s.settings.grants(capability) {
				continue
			}
			f := c.finding(fmt.Sprintf("securityContext.capabilities.add[%d]", i), fmt.Sprintf("capability %q is added", capability))
			if usual := usualSpelling(capability); s.settings.grants(usual) {
				f.Remedy = fmt.Sprintf("write %q: Fargate takes no other spelling", usual)
			}
			found = append(found, f)
		}
	}
	return found
}

// grants reports whether a capability may be added.
func (s *Settings) grants(capability string) bool {
	switch capability {
	case "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE",
		"NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT":
		return true
	}
	return slices.Contains(s.AllowedCapabilities, capability)
}

// usualSpelling is how Kubernetes spells a capability: "CHOWN" for " Cap_Chown".
func usualSpelling(capability string) string {
	return strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(capability)), "CAP_")
}
