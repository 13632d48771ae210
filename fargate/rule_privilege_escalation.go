package fargate

// RulePrivilegeEscalation is about securityContext.allowPrivilegeEscalation
// written out as true, in any kind of container (F4.8, F4.26). Absent is all
// right, though Kubernetes takes that to mean true (S13).
const RulePrivilegeEscalation RuleID = "privilege-escalation"

func rulePrivilegeEscalation() Rule {
	return Rule{
		ID:      RulePrivilegeEscalation,
		Default: ActionDeny,
		Title:   "a container says that it allows privilege escalation",
		What: "securityContext.allowPrivilegeEscalation must be false or absent, in init containers, sidecars, containers and ephemeral " +
			"containers. Only true, written out, is found.",
		Why: "The pod stays Pending with the event “Pod not supported on Fargate: invalid SecurityContext fields: AllowPrivilegeEscalation”. " +
			"Fargate lets a pod pass that doesn't mention the field, though Kubernetes takes it to be true then.",
		Sources: []string{
			"https://github.com/kubernetes/ingress-nginx/issues/4888",
			podValidator,
		},
		Remedy: "remove securityContext.allowPrivilegeEscalation, or set it to false",
		pod:    privilegeEscalation,
	}
}

func privilegeEscalation(s *subject) []Finding {
	var found []Finding
	for c := range s.containers() {
		if sc := c.SecurityContext; sc != nil && sc.AllowPrivilegeEscalation != nil && *sc.AllowPrivilegeEscalation {
			found = append(found, c.finding("securityContext.allowPrivilegeEscalation", "allowPrivilegeEscalation is true"))
		}
	}
	return found
}
