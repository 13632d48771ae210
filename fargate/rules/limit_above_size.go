package rules

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/sizing"
	"fargate-webhook/policy"
)

// LimitAboveSize is about a container whose CPU or memory limit exceeds what Fargate provisions for
// the pod: it fails to start (F3.9, S18). Admission lowers such limits, which is worth a warning
// when it is by more than half, except where a policy says Off and where others raise them later.
var LimitAboveSize = &Rule{
	ID:       "limit-above-size",
	Default:  policy.Warn,
	Severity: High,
	Title:    "a limit exceeds what Fargate provisions for the pod",
	What: "The CPU and memory limits of each container, against the size that follows from the pod's requests. The pod is checked as it will run, after admission " +
		"has lowered limits to the size. A limit that admission lowers to less than half is reported with both numbers.",
	Why: "Fargate sizes a pod by its requests only. A container with a higher limit can't start: the node's control group refuses the limit, and the container " +
		"ends in RunContainerError or CreateContainerError. With the limit lowered it starts, but has less than the manifest says.",
	Fix: "lower the limit to the request or remove it; or raise the request, so that the pod gets larger",
	References: []string{
		"https://github.com/awsdocs/amazon-eks-user-guide/issues/677",
		"https://github.com/aws/containers-roadmap/issues/1864",
		"https://github.com/fluxcd/flux2/issues/3138",
	},
	Facts: []string{"F3.9"},
	Check: Check{Pod: limitAboveSize},
}

func limitAboveSize(p *Pod) []Violation {
	size := p.Plan.Size
	if p.ResizedFrom != nil {
		size, _ = p.provisioned()
	}
	if size == nil || len(resize(p)) > 0 { // whose cause is the requests
		return nil
	}
	found := limitsCut(p, size)
	if p.Plan.LimitsFit {
		return found
	}
	for c := range p.containers() {
		for _, name := range size.ExceededBy(&c.Resources) {
			limit := sizing.Text(name, sizing.Limit(&c.Resources, name))
			found = Keep(found, c.violation("resources.limits."+string(name), fmt.Sprintf("%s limit %s", name, limit),
				fmt.Sprintf("must not have a limit above the pod's size, %s", size)))
		}
	}
	return found
}

// limitsCut returns a violation for each limit that admission lowers to less than half. The
// container runs, so it is never refused.
func limitsCut(p *Pod, size *sizing.Size) []Violation {
	cuts := p.Plan.Cuts
	if len(cuts) == 0 {
		return nil
	}
	var found []Violation
	for c := range p.containers() {
		for ; len(cuts) > 0 && cuts[0].List == c.list && cuts[0].Index == c.index; cuts = cuts[1:] {
			cut := &cuts[0]
			v := c.violation("resources.limits."+string(cut.Resource), fmt.Sprintf("%s limit %s", cut.Resource, sizing.Text(cut.Resource, cut.From)),
				fmt.Sprintf("may use at most %s of %s: the limit is lowered to that, since Fargate provisions %s for what the pod requests",
					sizing.Text(cut.Resource, cut.To), resourceText[cut.Resource], size))
			v.Fix = "raise the request to what the container needs, so that the pod gets larger; or lower the limit"
			v.WarnOnly = true
			found = Keep(found, v)
		}
	}
	return found
}

// resourceText is what messages call a resource.
var resourceText = map[corev1.ResourceName]string{corev1.ResourceCPU: "CPU", corev1.ResourceMemory: "memory"}
