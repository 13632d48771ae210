// Package pending finds pods that stay Pending because they are older than the Fargate profile that
// selects them. It reports them by events or, if the policy says so, evicts them so that their
// controllers create new pods, which EKS schedules on Fargate.
package pending
