package rules

import "fargate-webhook/policy"

// Privileged is about securityContext.privileged true, in any kind of container (F4.7, F4.26). The
// finding names the container, which Fargate's own event doesn't (S36).
var Privileged = &Rule{
	ID:       "privileged",
	Default:  policy.Deny,
	Severity: High,
	Title:    "a container is privileged",
	What:     "securityContext.privileged must be false or absent, in init containers, sidecars, containers and ephemeral containers.",
	Why: "A privileged container would control the machine that Fargate runs the pod on. The pod stays Pending with the event “Pod not supported on " +
		"Fargate: invalid SecurityContext fields: Privileged”.",
	Fix: "remove securityContext.privileged; if the program needs it, run the pod on EC2 nodes",
	References: []string{
		GuideConsiderations,
		"https://github.com/kubernetes-sigs/aws-efs-csi-driver/issues/589",
		"https://github.com/kubernetes-sigs/aws-efs-csi-driver/issues/1329",
	},
	Facts: []string{"F4.7", "F4.26"},
	Check: Check{Pod: privileged},
}

func privileged(p *Pod) []Violation {
	var found []Violation
	for c := range p.containers() {
		if sc := c.SecurityContext; sc != nil && sc.Privileged != nil && *sc.Privileged {
			found = Keep(found, c.violation("securityContext.privileged", "", "must not be privileged"))
		}
	}
	return found
}
