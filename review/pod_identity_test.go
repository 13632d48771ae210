package review_test

import (
	"strings"
	"testing"
)

// An association names the ServiceAccount of pods, from whatever namespace.
func TestPodIdentityAssociations(t *testing.T) {
	const (
		association = "apiVersion: eks.services.k8s.aws/v1alpha1\nkind: PodIdentityAssociation\nmetadata: {name: shop, namespace: ack}\nspec: {clusterName: a, namespace: default, serviceAccount: shop, roleARN: r}\n---\n"
		message     = `spec.template.spec.serviceAccountName (shop) gets no AWS credentials on Fargate: PodIdentityAssociation "shop" names it, and the agent of EKS Pod Identity doesn't run there`
	)
	of := func(account string) string {
		return strings.Replace(deploymentOnFargate, "{containers:", "{serviceAccountName: "+account+", containers:", 1)
	}
	for name, c := range map[string]struct{ text, want string }{
		"its account":              {association + of("shop"), message},
		"another account":          {association + of("other"), ""},
		"the default account":      {association + deploymentOnFargate, ""},
		"of the default account":   {strings.Replace(association, "serviceAccount: shop", "serviceAccount: default", 1) + deploymentOnFargate, strings.Replace(message, "(shop)", "(default)", 1)},
		"in another namespace":     {strings.Replace(association, "namespace: default", "namespace: other", 1) + of("shop"), ""},
		"no association":           {of("shop"), ""},
		"pods that aren't Fargate": {association + strings.Replace(deploymentElsewhere, "{containers:", "{serviceAccountName: shop, containers:", 1), ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := messagesOf(t, "pod-identity", c.text)
			if got["Deployment web"] != c.want || len(got) > 1 {
				t.Errorf("got  %v\nwant %q", got, c.want)
			}
		})
	}
}
