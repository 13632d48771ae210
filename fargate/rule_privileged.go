package fargate

// RulePrivileged is about a privileged container:
// securityContext.privileged true, of init, long-running and ephemeral
// containers alike (F4.7, F4.26). The finding names the container, which
// Fargate's own event doesn't (S36).
const RulePrivileged RuleID = "privileged"

func rulePrivileged() Rule {
	return Rule{
		ID:      RulePrivileged,
		Default: ActionDeny,
		Title:   "a container is privileged",
		What:    "securityContext.privileged must be false or absent, in init containers, sidecars, containers and ephemeral containers.",
		Why: "A privileged container would have the machine that Fargate runs the pod on. The pod stays Pending with the event “Pod not " +
			"supported on Fargate: invalid SecurityContext fields: Privileged”.",
		Sources: []string{
			guideConsiderations,
			"https://github.com/kubernetes-sigs/aws-efs-csi-driver/issues/589",
			"https://github.com/kubernetes-sigs/aws-efs-csi-driver/issues/1329",
		},
		Remedy: "remove securityContext.privileged; if the program can't do without, run the pod on EC2 nodes",
		pod:    privileged,
	}
}

func privileged(s *subject) []Finding {
	var found []Finding
	for c := range s.containers() {
		if sc := c.SecurityContext; sc != nil && sc.Privileged != nil && *sc.Privileged {
			found = append(found, c.finding("securityContext.privileged", "privileged is true"))
		}
	}
	return found
}
