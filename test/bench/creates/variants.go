package creates

import (
	"context"
	"fmt"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/test/bench/bodies"
	"fargate-webhook/test/bench/results"
	"fargate-webhook/test/bench/stub"
)

// variant is what is registered for the pods of one namespace.
type variant struct {
	name, namespace string

	mutating   *admissionregistrationv1.MutatingWebhookConfiguration
	validating *admissionregistrationv1.ValidatingWebhookConfiguration
	policy     *admissionregistrationv1.MutatingAdmissionPolicy
	// counters are the ones that count the calls for a pod that needs all of them.
	counters []string
	// label and record are what a pod has got after it.
	label, record bool
	// refused are changes for which a pod is refused, by what the refusal names.
	refused map[string]func(*corev1.PodSpec)
	// claimed is whether EKS's webhook is registered for the namespace, too.
	claimed bool
	// absent says why it can't be registered; empty if it can.
	absent string
}

// check returns an error unless the webhooks of the variant have changed a pod.
func (v *variant) check(pod *corev1.Pod) error {
	if label := pod.Labels[bodies.Label] == bodies.Value; label != v.label {
		return fmt.Errorf("%s: the pod has its label: %t, want %t", v.name, label, v.label)
	}
	if record := len(pod.Annotations) > 0; record != v.record {
		return fmt.Errorf("%s: the pod has its annotation: %t, want %t", v.name, record, v.record)
	}
	if claimed := pod.Labels[bodies.ClaimLabel] != ""; claimed != (v.label && v.claimed) {
		return fmt.Errorf("%s: EKS's webhook has claimed the pod: %t", v.name, claimed)
	}
	return nil
}

// stubs returns the variants that the process of package stub serves, and those without a webhook.
func (b *bench) stubs() []*variant {
	with := func(name, namespace, path string, label, record bool) *variant {
		return &variant{name: name, namespace: namespace, mutating: b.mutating(path), counters: []string{path}, label: label, record: record}
	}
	constant := func(name, namespace string, judged, claimed bool) *variant {
		v := with(name, namespace, stub.Constant, true, true)
		if judged {
			v.validating, v.counters = b.validating(stub.Validate), append(v.counters, stub.Validate)
		}
		if v.claimed = claimed; claimed {
			v.mutating.Webhooks[0].ReinvocationPolicy = new(admissionregistrationv1.IfNeededReinvocationPolicy)
		}
		return v
	}
	policy := &variant{name: results.Policy, namespace: "bench-policy", policy: labelPolicy(), label: true}
	if !b.servesPolicies() {
		policy.absent = "the API server serves no MutatingAdmissionPolicy of version v1"
	}
	return []*variant{
		{name: results.None, namespace: "bench-none"},
		with(results.Noop, "bench-noop", stub.Noop, false, false),
		with(results.Label, "bench-label", stub.Label, true, false),
		constant(results.Constant, "bench-constant", false, false),
		constant(results.ConstantAndNoop, "bench-both", true, false),
		policy,
		with(results.Usual, "bench-usual", stub.Usual, true, true),
		constant(results.ConstantEKS, "bench-constant-eks", false, true),
		constant(results.ConstantAndNoopEKS, "bench-both-eks", true, true),
	}
}

// rules select the creation of pods.
func rules() []admissionregistrationv1.RuleWithOperations {
	return []admissionregistrationv1.RuleWithOperations{{
		Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Create},
		Rule: admissionregistrationv1.Rule{
			APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"pods"}, Scope: new(admissionregistrationv1.NamespacedScope),
		},
	}}
}

// ofEKS is the name of EKS's webhook (F2.1).
const ofEKS = "0500-amazon-eks-fargate-mutation.amazonaws.com"

// mutating returns a registration of a path of the stub.
func (b *bench) mutating(path string) *admissionregistrationv1.MutatingWebhookConfiguration {
	return &admissionregistrationv1.MutatingWebhookConfiguration{
		Webhooks: []admissionregistrationv1.MutatingWebhook{{
			Name: "bench.example.com", ClientConfig: b.client(path), Rules: rules(),
			SideEffects: new(admissionregistrationv1.SideEffectClassNone), AdmissionReviewVersions: []string{"v1"},
		}},
	}
}

// registerEKS registers the stand-in for EKS's webhook for the namespaces whose pods it is to claim.
func (b *bench) registerEKS(ctx context.Context, variants []*variant) error {
	configuration := b.mutating(stub.EKS)
	configuration.Name = ofEKS
	of := metav1.LabelSelectorRequirement{Key: corev1.LabelMetadataName, Operator: metav1.LabelSelectorOpIn}
	for _, v := range variants {
		if v.claimed {
			of.Values = append(of.Values, v.namespace)
		}
	}
	configuration.Webhooks[0].NamespaceSelector = &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{of}}
	_, err := b.clientset.AdmissionregistrationV1().MutatingWebhookConfigurations().Create(ctx, configuration, metav1.CreateOptions{})
	return err
}

// validating returns a registration of a path of the stub.
func (b *bench) validating(path string) *admissionregistrationv1.ValidatingWebhookConfiguration {
	return &admissionregistrationv1.ValidatingWebhookConfiguration{
		Webhooks: []admissionregistrationv1.ValidatingWebhook{{
			Name: "bench.example.com", ClientConfig: b.client(path), Rules: rules(),
			SideEffects: new(admissionregistrationv1.SideEffectClassNone), AdmissionReviewVersions: []string{"v1"},
		}},
	}
}

func (b *bench) client(path string) admissionregistrationv1.WebhookClientConfig {
	return admissionregistrationv1.WebhookClientConfig{URL: new("https://" + b.stubAddress + path), CABundle: b.authority}
}

// labelPolicy returns the policy that adds the label: what a cluster can do without any webhook.
func labelPolicy() *admissionregistrationv1.MutatingAdmissionPolicy {
	return &admissionregistrationv1.MutatingAdmissionPolicy{
		Spec: admissionregistrationv1.MutatingAdmissionPolicySpec{
			MatchConstraints: &admissionregistrationv1.MatchResources{ResourceRules: []admissionregistrationv1.NamedRuleWithOperations{{RuleWithOperations: rules()[0]}}},
			Mutations: []admissionregistrationv1.Mutation{{
				PatchType: admissionregistrationv1.PatchTypeJSONPatch,
				JSONPatch: &admissionregistrationv1.JSONPatch{Expression: fmt.Sprintf("[JSONPatch{op: %q, path: %q, value: %q}]", "add", "/metadata/labels/"+bodies.Label, bodies.Value)},
			}},
			FailurePolicy:      new(admissionregistrationv1.Fail),
			ReinvocationPolicy: admissionregistrationv1.NeverReinvocationPolicy,
		},
	}
}
