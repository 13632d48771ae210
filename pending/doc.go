// Package pending finds the pods that hang Pending since they were created
// before the Fargate profile that would take them, and tells of them or, where
// the policy says so, evicts them so that their controllers make others.
package pending
