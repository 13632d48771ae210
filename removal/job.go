package removal

import (
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
)

// Job says when a Job fails with its pods: each pod that is deleted before it succeeds counts as a
// failure.
type Job struct {
	// BackoffLimit is how many failures it survives; BackoffLimitPerIndex how many each index does,
	// nil if it counts those of all indexes together.
	BackoffLimit         int32
	BackoffLimitPerIndex *int32
	// Failed is how many of its pods have failed.
	Failed int32
	// Ignores is true if its podFailurePolicy ignores some failures.
	Ignores bool
}

// NewJob returns that of a Job. The API server defaults backoffLimit.
func NewJob(spec *batchv1.JobSpec, status *batchv1.JobStatus) *Job {
	j := &Job{BackoffLimitPerIndex: spec.BackoffLimitPerIndex, Failed: status.Failed}
	const otherwise = 6
	if j.BackoffLimit = otherwise; spec.BackoffLimit != nil {
		j.BackoffLimit = *spec.BackoffLimit
	}
	if spec.PodFailurePolicy != nil {
		for i := range spec.PodFailurePolicy.Rules {
			j.Ignores = j.Ignores || spec.PodFailurePolicy.Rules[i].Action == batchv1.PodFailurePolicyActionIgnore
		}
	}
	return j
}

// exceeds says how the deletion of this many pods exceeds a limit; "" if it doesn't. How many
// failures an index has had isn't known, so its limit is only exceeded if it is 0.
func (j *Job) exceeds(pods int) string {
	switch {
	case j == nil:
		return ""
	case int64(j.Failed)+int64(pods) > int64(j.BackoffLimit):
		text := fmt.Sprintf("its Job fails, since a deleted pod counts as a failure: backoffLimit is %d", j.BackoffLimit)
		if j.Failed > 0 {
			text += fmt.Sprintf(", and %d have failed already", j.Failed)
		}
		return text
	case j.BackoffLimitPerIndex != nil && *j.BackoffLimitPerIndex == 0:
		return "their indexes of the Job fail, since a deleted pod counts as a failure: backoffLimitPerIndex is 0"
	}
	return ""
}

// ends says why the Job replaces no pods if this many are deleted; "" if it does, or may.
func (j *Job) ends(pods int) string {
	if j != nil && j.Ignores {
		return ""
	}
	return j.exceeds(pods)
}

// mayEnd reports whether the Job replaces them only if it ignores how they end.
func (j *Job) mayEnd(pods int) bool { return j.exceeds(pods) != "" && j.Ignores }
