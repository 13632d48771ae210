package rules

import "fargate-webhook/policy"

// PrivilegeEscalation is about securityContext.allowPrivilegeEscalation set to true, in any kind of
// container (F4.8, F4.26). Absent is allowed, though Kubernetes takes that for true (S13).
var PrivilegeEscalation = &Rule{
	ID:       "privilege-escalation",
	Default:  policy.Deny,
	Severity: High,
	Title:    "a container allows privilege escalation explicitly",
	What: "securityContext.allowPrivilegeEscalation must be false or absent, in init containers, sidecars, containers and ephemeral containers. Only an " +
		"explicit true is found.",
	Why: "The pod stays Pending with the event “Pod not supported on Fargate: invalid SecurityContext fields: AllowPrivilegeEscalation”. Fargate accepts a " +
		"pod that doesn't set the field, although Kubernetes then takes it for true.",
	Fix: "remove securityContext.allowPrivilegeEscalation, or set it to false",
	References: []string{
		"https://github.com/kubernetes/ingress-nginx/issues/4888",
		podValidator,
	},
	Facts: []string{"F4.8", "F4.26"},
	Check: Check{Pod: privilegeEscalation},
}

func privilegeEscalation(p *Pod) []Violation {
	var found []Violation
	for c := range p.containers() {
		if sc := c.SecurityContext; sc != nil && sc.AllowPrivilegeEscalation != nil && *sc.AllowPrivilegeEscalation {
			found = Keep(found, c.violation("securityContext.allowPrivilegeEscalation", "", "must not set allowPrivilegeEscalation to true"))
		}
	}
	return found
}
