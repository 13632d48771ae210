package e2e

import (
	"slices"
	"strings"
	"testing"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// eksName is the configuration of EKS's own webhook (F2.1).
const eksName = "0500-amazon-eks-fargate-mutation.amazonaws.com"

// TestRegistration reads what the program has registered.
func TestRegistration(t *testing.T) {
	c, webhook := withWebhook(t)
	role, err := c.Clientset().RbacV1().ClusterRoles().Get(t.Context(), "fargate-webhook-registration", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	checkOwner := func(owners []metav1.OwnerReference) {
		if len(owners) != 1 || owners[0].Kind != "ClusterRole" || owners[0].Name != role.Name || owners[0].UID != role.UID {
			t.Errorf("owners %v, want the ClusterRole %s", owners, role.UID)
		}
	}
	client := c.Clientset().AdmissionregistrationV1()
	mutating, err := client.MutatingWebhookConfigurations().Get(t.Context(), "0400-fargate-webhook", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if mutating.Name >= eksName {
		t.Errorf("%s is called after %s, which claims by the labels it sees (S1)", mutating.Name, eksName)
	}
	checkOwner(mutating.OwnerReferences)
	var names []string
	for _, hook := range mutating.Webhooks {
		name, _, _ := strings.Cut(hook.Name, ".")
		names = append(names, name)
		if *hook.ReinvocationPolicy != admissionregistrationv1.IfNeededReinvocationPolicy {
			t.Errorf("%s: reinvocation policy %s", hook.Name, *hook.ReinvocationPolicy)
		}
		checkHook(t, webhook.URL, hook.Name, hook.FailurePolicy, hook.TimeoutSeconds, hook.NamespaceSelector, hook.MatchConditions, hook.ClientConfig)
	}
	// The TargetGroupConfigurations of the Gateway API aren't among them: this API server doesn't
	// serve them.
	if want := []string{"pods", "appliedpods", "services", "ingresses"}; !slices.Equal(names, want) {
		t.Errorf("mutating webhooks %v, want %v", names, want)
	}

	validating, err := client.ValidatingWebhookConfigurations().Get(t.Context(), "fargate-webhook", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	checkOwner(validating.OwnerReferences)
	names = nil
	for _, hook := range validating.Webhooks {
		name, _, _ := strings.Cut(hook.Name, ".")
		names = append(names, name)
	}
	want := append([]string{"pods", "gatedpods", "ephemeralcontainers", "resize", "daemonsets", "services", "ingresses"}, append(workloadKinds(), "configmaps")...)
	if !slices.Equal(names, want) {
		t.Errorf("validating webhooks %v, want %v", names, want)
	}
	for _, hook := range validating.Webhooks {
		checkHook(t, webhook.URL, hook.Name, hook.FailurePolicy, hook.TimeoutSeconds, hook.NamespaceSelector, hook.MatchConditions, hook.ClientConfig)
	}
}

// checkHook checks what all webhooks have in common.
func checkHook(t *testing.T, url, name string, failure *admissionregistrationv1.FailurePolicyType, timeout *int32, selector *metav1.LabelSelector,
	conditions []admissionregistrationv1.MatchCondition, client admissionregistrationv1.WebhookClientConfig,
) {
	t.Helper()
	want := admissionregistrationv1.Fail
	if kind, _, _ := strings.Cut(name, "."); kind == "appliedpods" || kind == "configmaps" || slices.Contains(workloadKinds(), kind) {
		want = admissionregistrationv1.Ignore // they are only warned about, and the API server or EKS refuses them itself
	}
	if *failure != want || *timeout != 5 {
		t.Errorf("%s: failure policy %s, timeout %d s", name, *failure, *timeout)
	}
	if client.URL == nil || !strings.HasPrefix(*client.URL, url+"/") || len(client.CABundle) == 0 {
		t.Errorf("%s: client config %v, want one for %s", name, client, url)
	}
	excluded := []string{"fargate-webhook", "kube-node-lease", "kube-public", "kube-system"}
	byName := slices.ContainsFunc(selector.MatchExpressions, func(r metav1.LabelSelectorRequirement) bool {
		return r.Key == "kubernetes.io/metadata.name" && r.Operator == metav1.LabelSelectorOpNotIn && slices.Equal(slices.Sorted(slices.Values(r.Values)), excluded)
	})
	byLabel := slices.ContainsFunc(selector.MatchExpressions, func(r metav1.LabelSelectorRequirement) bool {
		return r.Key == "fargate-webhook/exempt" && r.Operator == metav1.LabelSelectorOpNotIn && slices.Equal(r.Values, []string{"true"})
	})
	if !byName || !byLabel {
		t.Errorf("%s: namespace selector %v", name, selector)
	}
	scoped := slices.ContainsFunc(conditions, func(m admissionregistrationv1.MatchCondition) bool {
		return strings.Contains(m.Expression, `"apps"`) && strings.Contains(m.Expression, "fargate-")
	})
	judged := slices.ContainsFunc(selector.MatchExpressions, func(r metav1.LabelSelectorRequirement) bool {
		return r.Key == "kubernetes.io/metadata.name" && r.Operator == metav1.LabelSelectorOpIn && slices.Equal(r.Values, []string{"aws-observability"})
	})
	if !scoped && !judged {
		t.Errorf("%s: no match condition keeps it to the namespaces of the profiles: %v", name, conditions)
	}
}
