package rules

import (
	"cmp"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/kinds/podidentity"
	"fargate-webhook/policy"
)

// PodIdentity is about a pod that gets its AWS credentials from EKS Pod Identity. The agent that
// hands them out is a DaemonSet, which Fargate doesn't run (F8.3). The webhook of Pod Identity gives
// the pod its variables and token all the same, and that of IRSA then leaves it alone (F8.4).
var PodIdentity = &Rule{
	ID:       "pod-identity",
	Default:  policy.Warn,
	Severity: Medium,
	Title:    "the pod relies on EKS Pod Identity, which hands out no credentials on Fargate",
	What: "The variable " + CredentialsURI + " of a container should not name the agent of EKS Pod Identity (169.254.170.23 or fd00:ec2::23), and no projected volume should " +
		"have a service account token for the audience " + PodIdentityAudience + ". EKS adds both to the pods of a service account that has a Pod Identity association. In a " +
		"review, no PodIdentityAssociation of ACK among the manifests should name the pod's service account.",
	Why: "The agent of EKS Pod Identity is a DaemonSet, and Fargate runs none. Nothing answers at its address: every call to AWS fails or hangs for want of credentials. An " +
		"IAM role for the service account (IRSA) doesn't help while the association exists, since the pod gets the variables of Pod Identity instead.",
	Fix: "use an IAM role for the service account (IRSA): delete the Pod Identity association, annotate the ServiceAccount with eks.amazonaws.com/role-arn, and create the pod again",
	References: []string{
		"Amazon EKS user guide, “Learn how EKS Pod Identity grants Pods access to AWS services”, restrictions",
		"https://github.com/aws/containers-roadmap/issues/2274",
		"https://github.com/aws/karpenter-provider-aws/issues/5784",
		"https://github.com/terraform-aws-modules/terraform-aws-eks/issues/3458",
	},
	Facts: []string{"F8.3", "F8.4"},
	Check: Check{Pod: podIdentity},
}

const (
	// CredentialsURI is where AWS SDKs get credentials.
	CredentialsURI = "AWS_CONTAINER_CREDENTIALS_FULL_URI" //nolint:gosec // the name of a variable
	// PodIdentityAudience is that of the token which the agent takes.
	PodIdentityAudience = "pods.eks.amazonaws.com"
)

// podIdentityAgents are the addresses at which the agent listens on each EC2 node, as in URLs.
var podIdentityAgents = [...]string{"169.254.170.23", "[fd00:ec2::23]"}

func podIdentity(p *Pod) []Violation {
	var found []Violation
	for c := range p.containers() {
		for i := range c.Env {
			if env := &c.Env[i]; env.Name == CredentialsURI && isPodIdentityAgent(env.Value) {
				found = Keep(found, c.violation(fmt.Sprintf("env[%d].value", i), "", "gets no AWS credentials on Fargate: the agent of EKS Pod Identity doesn't run there"))
			}
		}
	}
	if len(found) > 0 {
		return found
	}
	for i := range p.Spec.Volumes {
		if v := &p.Spec.Volumes[i]; v.Projected != nil {
			if k := podIdentityToken(v.Projected); k >= 0 {
				found = Keep(found, Violation{
					Subject: Subject{Kind: "volume", Name: v.Name}, Field: fmt.Sprintf("spec.volumes[%d].projected.sources[%d].serviceAccountToken.audience", i, k),
					Problem: "has a token for EKS Pod Identity, whose agent doesn't run on Fargate: the pod gets no AWS credentials there",
				})
			}
		}
	}
	if len(found) > 0 || !p.Offline || p.Cluster == nil {
		return found
	}
	return p.associated()
}

// associated warns of a pod whose ServiceAccount has an association among the manifests: EKS adds
// the rest when the pod is created.
func (p *Pod) associated() []Violation {
	// The API server takes the older name of the field for the newer one.
	account := cmp.Or(p.Spec.ServiceAccountName, p.Spec.DeprecatedServiceAccount, "default")
	associations, err := cluster.List[*podidentity.Association](p.Cluster, cluster.PodIdentityAssociations, "")
	if err != nil {
		return nil // none is given
	}
	for _, association := range associations {
		if association.Spec.Namespace == p.Namespace && association.Spec.ServiceAccount == account {
			return []Violation{{
				Subject: FieldSubject("spec.serviceAccountName"), Value: account, Field: "spec.serviceAccountName",
				Problem: fmt.Sprintf("gets no AWS credentials on Fargate: PodIdentityAssociation %q names it, and the agent of EKS Pod Identity doesn't run there", association.Name),
			}}
		}
	}
	return nil
}

// isPodIdentityAgent reports a URL of the agent.
func isPodIdentityAgent(url string) bool {
	_, rest, _ := strings.Cut(url, "://")
	host, _, _ := strings.Cut(rest, "/")
	for _, agent := range podIdentityAgents {
		if port, ok := strings.CutPrefix(host, agent); ok && (port == "" || port[0] == ':') {
			return true
		}
	}
	return false
}

// podIdentityToken returns the place of the source with a token for the agent, -1 for none.
func podIdentityToken(p *corev1.ProjectedVolumeSource) int {
	for k := range p.Sources {
		if token := p.Sources[k].ServiceAccountToken; token != nil && token.Audience == PodIdentityAudience {
			return k
		}
	}
	return -1
}
