package objects

import (
	"fmt"

	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
)

// JobTTL is about a Job, or a CronJob's, whose pods run on Fargate, without
// spec.ttlSecondsAfterFinished. Finished pods keep their Fargate node, and are billed, until they
// are deleted (F3.15).
var JobTTL = &rules.Rule{
	ID:       "job-ttl",
	Default:  policy.Warn,
	Severity: rules.Low,
	Title:    "the pods of a finished Job are billed until they are deleted",
	What: "A Job whose pods run on Fargate should have spec.ttlSecondsAfterFinished, and a CronJob spec.jobTemplate.spec.ttlSecondsAfterFinished, of any value. A " +
		"Job that a controller created is not checked, nor one that is a hook of Helm or Argo CD which these delete when it has succeeded, nor a CronJob whose " +
		"successfulJobsHistoryLimit and failedJobsHistoryLimit are 0.",
	Why: "A finished pod keeps its Fargate node, and is billed, until it is deleted. A Job without the field keeps its pods until somebody deletes it; a CronJob " +
		"keeps those of its last runs, as its history limits say.",
	Fix: "set ttlSecondsAfterFinished, such as 300: Kubernetes deletes the Job and its pods that many seconds after it ends",
	References: []string{
		rules.GuideConsiderations,
		"Helm documentation, “Chart Hooks”, hook deletion policies",
		"Argo CD documentation, “Resource Hooks”, hook deletion policies",
	},
	Facts: []string{"F3.15"},
	Check: rules.About(jobTTL),
}

func jobTTL(j *Job) []rules.Violation {
	if !j.Placement.Fargate || j.Spec.TTLSecondsAfterFinished != nil || j.KeepsNone || rules.IsDeletedHook(j.Annotations) {
		return nil
	}
	return []rules.Violation{{
		Field:   j.Path + ".ttlSecondsAfterFinished",
		Problem: fmt.Sprintf("ttlSecondsAfterFinished is not set: finished pods of Fargate profile %q are billed until they are deleted", j.Placement.Profile),
	}}
}
