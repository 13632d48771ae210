package migration

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/sizing"
	"fargate-webhook/policy"
)

// filledSize is about requests that were chosen to fill a Fargate size (F3.5).
var filledSize = &Note{
	Rule: rules.Rule{
		ID: "filled-size", Default: policy.Warn, Severity: rules.Low,
		Title: "the requests fill a Fargate size to the last mebibyte",
		What: "The containers request all CPU of a Fargate size, and its memory but the 256 MiB that Fargate keeps: 1792Mi, 2816Mi and so on. Sizes with less than 2 GB aren't " +
			"looked at: 256Mi and 768Mi are requested for other reasons too.",
		Why:        "Fargate bills the size, so to request a little less saves nothing. On a node other pods can have what a pod doesn't request, and nodes are added, and paid, for what is requested.",
		Fix:        "set requests to what the containers use under load, with some room; limits may stay above them",
		References: []string{"Amazon EKS user guide, “Understand Fargate Pod configuration details”"},
		Facts:      []string{"F3.2", "F3.5", "F11.2"},
	},
	find: ofPod(func(p *pod, target Target) []place {
		requested := sizing.Requested(p.spec)
		size, ok := sizing.For(requested)
		if !ok || requested != size.Budget() || size.GiB2 < 4 {
			return nil
		}
		return []place{{
			field: p.at("spec.containers"),
			problem: fmt.Sprintf("the pod requests %s CPU and %s, all that a Fargate pod of %s has for its containers; %s reserve as much, used or not",
				requested.CPU(), requested.Memory(), size.String(), target.nodes()),
		}}
	}),
}

// nothingRequested is about pods that relied on the smallest Fargate size (F3.4).
var nothingRequested = &Note{
	Rule: rules.Rule{
		ID: "nothing-requested", Default: policy.Warn, Severity: rules.Medium,
		Title: "the pod requests no memory or no CPU",
		What:  "The containers of the pod, or the pod itself, must request CPU and memory.",
		Why: "On Fargate a pod that requests nothing has 0.25 vCPU and 0.5 GB to itself. On a node it shares what others leave over: it gets little CPU when they are busy, is the " +
			"first to be evicted when memory runs short, and nodes are chosen as if it needed nothing.",
		Fix:        "set resources.requests for CPU and memory in each container",
		References: []string{"https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/"},
		Facts:      []string{"F3.4", "F11.2"},
	},
	find: ofPod(func(p *pod, target Target) []place {
		requested := sizing.Requested(p.spec)
		missing := ""
		switch {
		case len(p.spec.Containers) == 0 || requested.MilliCPU > 0 && requested.MilliBytes > 0:
			return nil
		case requested.MilliCPU > 0:
			missing = "memory"
		case requested.MilliBytes > 0:
			missing = "CPU"
		default:
			missing = "CPU and no memory"
		}
		return []place{{
			field:   p.at("spec.containers"),
			problem: fmt.Sprintf("the pod requests no %s: a Fargate size holds some for it alone, %s reserve none", missing, target.nodes()),
		}}
	}),
}

// storageApplies is about requests that make Fargate's disk larger (F3.12).
var storageApplies = &Note{
	Rule: rules.Rule{
		ID: "ephemeral-storage-shared", Default: policy.Warn, Severity: rules.Medium,
		Title: "the requested ephemeral storage comes from the node's disk",
		What:  "The containers request more ephemeral storage than Fargate gives every pod: with 10 % and 5 GiB on top, more than 20 GiB.",
		Why: "On Fargate such a request makes the disk of the pod larger. A node has one disk for all its pods and images, which a request only reserves: a pod that no disk " +
			"has room for stays Pending, and one that uses more than its limit is evicted.",
		Fix:        "give the nodes a disk that holds it, or use a generic ephemeral volume of Amazon EBS",
		References: []string{"Amazon EKS user guide, “Create a Node Class for Amazon EKS”", "https://kubernetes.io/docs/concepts/storage/ephemeral-storage/"},
		Facts:      []string{"F3.12", "F11.3"},
	},
	find: ofPod(func(p *pod, target Target) []place {
		if sizing.NeededStorage(p.spec) <= storageIncluded {
			return nil
		}
		fix := "set the size of the nodes' root volume so that it holds this, or use a generic ephemeral volume of Amazon EBS"
		if target == AutoMode {
			fix = "set spec.ephemeralStorage.size in a NodeClass (default 80Gi) so that it holds this, or use a generic ephemeral volume of Amazon EBS"
		}
		return []place{{
			field:   p.at(storageField(p.spec)),
			problem: fmt.Sprintf("the pod requests %s of ephemeral storage, which on Fargate is a disk of its own; a node's disk is shared by its pods and images", sizing.StorageFor(p.spec).Requested()),
			fix:     fix,
		}}
	}),
}

// storageIncluded is the ephemeral storage, in milli-bytes, that Fargate gives every pod (F3.12).
const storageIncluded = 20 * (1 << 30) * 1000

// storageField returns the path of the request for ephemeral storage of the first container, by
// name, that has one.
func storageField(spec *corev1.PodSpec) string {
	best, field := "", "spec.containers"
	for i := range spec.Containers {
		c := &spec.Containers[i]
		if _, ok := c.Resources.Requests[corev1.ResourceEphemeralStorage]; ok && (best == "" || c.Name < best) {
			best, field = c.Name, fmt.Sprintf("spec.containers[%d].resources.requests.%s", i, corev1.ResourceEphemeralStorage)
		}
	}
	return field
}
