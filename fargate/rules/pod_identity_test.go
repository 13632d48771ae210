package rules

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestPodIdentity(t *testing.T) {
	const problem = `gets no AWS credentials on Fargate: the agent of EKS Pod Identity doesn't run there`
	for uri, found := range map[string]bool{
		"http://169.254.170.23/v1/credentials":   true,
		"http://169.254.170.23:80/v1":            true,
		"http://[fd00:ec2::23]/v1/credentials":   true,
		"http://[fd00:ec2::23]:80/v1":            true,
		"http://169.254.170.2/v2/credentials/id": false, // ECS
		"http://localhost:2020/creds":            false,
		"http://169.254.170.231/v1":              false,
		"":                                       false,
	} {
		var want []Finding
		if found {
			want = append(want, finds(`container "app" `+problem, "spec.containers[0].env[1].value"))
		}
		checkChange(t, PodIdentity, func(p *corev1.Pod) {
			p.Spec.Containers[0].Env = []corev1.EnvVar{{Name: "OTHER", Value: "http://169.254.170.23/v1"}, {Name: CredentialsURI, Value: uri}}
		}, want...)
	}
}

// The token counts where no container has the variable: the webhook adds both.
func TestPodIdentityToken(t *testing.T) {
	token := func(audience string) func(*corev1.Pod) {
		return func(p *corev1.Pod) {
			p.Spec.Volumes = []corev1.Volume{{Name: "token", VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{
				Sources: []corev1.VolumeProjection{{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{Audience: audience, Path: "token"}}},
			}}}}
		}
	}
	checkChange(t, PodIdentity, token("sts.amazonaws.com"))
	checkChange(t, PodIdentity, token(PodIdentityAudience), finds(`volume "token" has a token for EKS Pod Identity, whose agent doesn't run on Fargate: the pod gets no AWS credentials there`,
		"spec.volumes[0].projected.sources[0].serviceAccountToken.audience"))
}
