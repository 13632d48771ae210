package fargate

import (
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// RuleJobTTL is about a Job, or a CronJob's, whose pods are Fargate's, without
// spec.ttlSecondsAfterFinished. Pods that have ended keep their Fargate node,
// and go on costing, until they are deleted (F3.15).
const RuleJobTTL RuleID = "job-ttl"

func ruleJobTTL() Rule {
	return Rule{
		ID:      RuleJobTTL,
		Default: ActionWarn,
		Title:   "the pods of a finished Job go on costing",
		What: "A Job whose pods run on Fargate should have spec.ttlSecondsAfterFinished, and a CronJob " +
			"spec.jobTemplate.spec.ttlSecondsAfterFinished; any value will do. A Job that a controller made is its owner's.",
		Why: "A pod that has ended keeps its Fargate node, and is billed, until it is deleted. A Job without the field keeps its pods until " +
			"someone deletes it; a CronJob keeps those of its last runs, by its history limits.",
		Sources: []string{guideConsiderations},
		Remedy:  "set ttlSecondsAfterFinished, to 300 for example: Kubernetes deletes the Job and its pods so many seconds after it ends",
	}
}

// jobTTL looks at Jobs and CronJobs; other kinds have nothing to find.
func jobTTL(object runtime.Object, place Placement) []Finding {
	var path string
	var spec *batchv1.JobSpec
	switch o := object.(type) {
	case *batchv1.Job:
		path, spec = "spec.", &o.Spec
	case *batchv1.CronJob:
		path, spec = "spec.jobTemplate.spec.", &o.Spec.JobTemplate.Spec
	}
	if spec == nil || !place.Fargate || spec.TTLSecondsAfterFinished != nil {
		return nil
	}
	return []Finding{{
		Field: path + "ttlSecondsAfterFinished",
		Message: fmt.Sprintf("ttlSecondsAfterFinished is not set, and pods of Fargate profile %q are billed until they are deleted, though they have ended",
			place.Profile),
	}}
}
