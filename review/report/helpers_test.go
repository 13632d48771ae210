package report_test

import (
	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
	"fargate-webhook/review"
)

// newReviewer returns one whose profiles select all pods of the namespaces apps, and the pods of
// default with a label.
func newReviewer() *review.Reviewer {
	return &review.Reviewer{Namespace: "default", Policy: policy.Default(), Index: profiles.NewIndex([]profiles.Profile{
		fargatetest.Profile("apps", fargatetest.Selects("apps")),
		fargatetest.Profile("default", fargatetest.Selects("default", "run", "on-fargate")),
	})}
}
