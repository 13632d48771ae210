package rules

// Documents that several rules refer to.
const (
	// GuideConsiderations is the list of what Fargate can't do.
	GuideConsiderations = "Amazon EKS user guide, “Simplify compute management with AWS Fargate”, considerations"
	guideSizes          = "Amazon EKS user guide, “Understand Fargate Pod configuration details”"
	guideProfiles       = "Amazon EKS user guide, “Define which Pods use AWS Fargate when launched”"
	// podValidator is not official: a pod validator in a public fork of Kubernetes. Its messages
	// are those of real events.
	podValidator = "a validator of Fargate pods in a public fork of Kubernetes, whose messages are those of events that users paste"
)
