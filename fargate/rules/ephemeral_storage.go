package rules

import (
	"fmt"

	"fargate-webhook/fargate/sizing"
	"fargate-webhook/policy"
)

// EphemeralStorage is about requests for more ephemeral-storage than Fargate provides. Their sum,
// counted as for CPU and memory (F3.2), plus 10 % and 5 GiB, must not exceed 175 GiB (F3.12, S19).
// A limit without a request counts as one.
var EphemeralStorage = &Rule{
	ID:       "ephemeral-storage",
	Default:  policy.Deny,
	Severity: High,
	Title:    "the pod requests more ephemeral storage than Fargate provides",
	What: "The requests for ephemeral-storage, summed over sidecars and containers, or what an init container needs if that is more, plus 10 % and 5 GiB, must " +
		"not exceed 175 GiB: the sum is at most 154.54 GiB. A limit without a request counts as one.",
	Why: "Fargate provides 20 GiB of ephemeral storage to each pod and up to 175 GiB on request, of which it uses a tenth and 5 GiB itself. A pod that " +
		"requests more stays Pending.",
	Fix: "request less ephemeral-storage, or put the data on a persistentVolumeClaim bound to Amazon EFS",
	References: []string{
		guideSizes,
		"AWS blog, “Amazon EKS on AWS Fargate adds support for larger ephemeral volumes”, 2023",
		"inferred: that 10 % and 5 GiB count towards the 175 GiB",
	},
	Facts: []string{"F3.12"},
	Check: Check{Pod: ephemeralStorage},
}

func ephemeralStorage(p *Pod) []Violation {
	s := sizing.StorageFor(p.Spec)
	if s.Fits() {
		return nil
	}
	provided, most := sizing.MaxStorage()
	return []Violation{{
		Field: "spec.containers",
		Problem: fmt.Sprintf("the pod must not request more than %s of ephemeral-storage: it requests %s, for which Fargate would have to provide %s, and it provides at most %s",
			most, s.Requested(), s.Needed(), provided),
	}}
}
