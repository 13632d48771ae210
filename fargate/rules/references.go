package rules

// Documents that several rules refer to.
const (
	guideConsiderations = "Amazon EKS user guide, “Simplify compute management with AWS Fargate”, considerations"
	guideSizes          = "Amazon EKS user guide, “Understand Fargate Pod configuration details”"
	guideProfiles       = "Amazon EKS user guide, “Define which Pods use AWS Fargate when launched”"
	// podValidator is not official: a pod validator in a public fork of Kubernetes. Its messages
	// are those of real events.
	podValidator = "a validator of Fargate pods in a public fork of Kubernetes, whose messages are those of events that users paste"
	// noInstanceTargets is the issue that says that Fargate nodes are no instance targets.
	noInstanceTargets = "https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/1613"
)
