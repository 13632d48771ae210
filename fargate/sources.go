package fargate

// The pages that several rules rest on.
const (
	guideConsiderations = "Amazon EKS user guide, “Simplify compute management with AWS Fargate”, considerations"
	guideSizes          = "Amazon EKS user guide, “Understand Fargate Pod configuration details”"
	// podValidator is not official: a validator of pods that stands in a
	// public fork of Kubernetes. Its messages are those of real events.
	podValidator = "a validator of Fargate pods in a public fork of Kubernetes, whose messages are those of the events that users paste"
)
