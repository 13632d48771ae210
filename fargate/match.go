package fargate

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// Match says where a new pod runs of which only the namespace and the labels are known.
type Match struct {
	// Placement is that of admission, with the labels that the webhook adds.
	Placement placement.Placement
	// Missing are the labels that would make a profile match a pod that does not run on Fargate, if
	// the policy let the webhook add them.
	Missing map[string]string
	// Findings are what a review finds in such a pod: why labels are withheld, what to do about it.
	Findings []rules.Finding
}

// MatchPod decides as admission does when such a pod is created, exemptions of the policy included.
func MatchPod(namespace string, labels map[string]string, index *profiles.Index, p *policy.Policy) Match {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Labels: labels}}
	request := Request{Operation: OperationCreate, Namespace: namespace}
	decision := Decide(pod, request, index, p)
	match := Match{Placement: decision.Placement, Findings: decision.Findings}
	if match.Placement.Fargate {
		return match
	}
	injecting := policy.Policy{Settings: policy.Default().Settings}
	injecting.ProtectedLabels = nil
	if place := Decide(pod, request, index, &injecting).Placement; place.Fargate {
		match.Missing = place.Labels
	}
	return match
}
