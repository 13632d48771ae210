package fargate

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/rules/objects"
	"fargate-webhook/policy"
)

// FindInNamespace returns what is wrong with a Namespace, from its metadata. Only a review asks:
// Namespaces aren't sent to the webhook.
func FindInNamespace(meta *metav1.ObjectMeta, p *policy.Policy) []rules.Finding {
	return rules.Findings(objects.CheckNamespace(meta, p.For(meta.Name)))
}
