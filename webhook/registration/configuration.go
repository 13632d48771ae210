package registration

import (
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	applyv1 "k8s.io/client-go/applyconfigurations/admissionregistration/v1"
	applymetav1 "k8s.io/client-go/applyconfigurations/meta/v1"

	"fargate-webhook/internal/secretpath"
	"fargate-webhook/kinds"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

const (
	// MutatingName sorts before 0500-amazon-eks-fargate-mutation.amazonaws.com: the API server
	// calls mutating webhooks in the order of their configurations' names, and EKS claims a pod by
	// the labels that it has then (F2.1, F2.7, S1).
	MutatingName = "0400-fargate-webhook"
	// ValidatingName is the name of the validating configuration.
	ValidatingName = "fargate-webhook"

	// injectAnnotation is the annotation for cert-manager's CA injector.
	injectAnnotation = "cert-manager.io/inject-ca-from"

	// unreachedTimeout is the timeout while the API server doesn't reach the webhook: each request
	// waits as long for nothing.
	unreachedTimeout = 1
)

// Target is where the API server calls the webhook: a Service in a cluster, a URL outside of one.
type Target struct {
	// URL is https://host:port; empty to call the Service.
	URL                           string
	ServiceNamespace, ServiceName string
}

// Options are what the configurations need besides profiles and CA.
type Options struct {
	Target Target
	// Namespace is the webhook's own.
	Namespace string
	// SecretPath is the first segment of the paths, by which callers prove to be the API server;
	// empty for none.
	SecretPath string
	// ExemptNamespaces are never sent: those of Kubernetes, and the webhook's own, or it could
	// prevent its own start (S28, S34).
	ExemptNamespaces []string
	// InjectFrom is the cert-manager Certificate, as NAMESPACE/NAME, whose CA cert-manager injects
	// into the configurations; empty for none.
	InjectFrom string
	// Owner owns the configurations, which are deleted with it; nil for none.
	Owner *metav1.OwnerReference
	// Policy says which kinds are changed and judged, and whether the API server waits for the
	// webhook.
	Policy *policy.Policy
	// Served are the versions in which the API server serves optional kinds. Others are not
	// registered.
	Served map[*kinds.Kind]string
	// Unreached is true while the API server can't call the webhook. Nothing may wait for it then.
	Unreached bool
}

// Mutating builds the mutating configuration.
func Mutating(options Options, index *profiles.Index, caBundle []byte) *applyv1.MutatingWebhookConfigurationApplyConfiguration {
	in := options.scope(index)
	configuration := applyv1.MutatingWebhookConfiguration(MutatingName)
	configuration.ObjectMetaApplyConfiguration = options.meta(MutatingName)
	for _, e := range mutating(&options) {
		hook := applyv1.MutatingWebhook().WithReinvocationPolicy(admissionv1.IfNeededReinvocationPolicy)
		configure(hook, &options, &e, &in, caBundle)
		configuration.WithWebhooks(hook)
	}
	return configuration
}

// Validating builds the validating configuration.
func Validating(options Options, index *profiles.Index, caBundle []byte) *applyv1.ValidatingWebhookConfigurationApplyConfiguration {
	in := options.scope(index)
	configuration := applyv1.ValidatingWebhookConfiguration(ValidatingName)
	configuration.ObjectMetaApplyConfiguration = options.meta(ValidatingName)
	for _, e := range validating(&options, taken(index)) {
		hook := applyv1.ValidatingWebhook()
		configure(hook, &options, &e, &in, caBundle)
		configuration.WithWebhooks(hook)
	}
	return configuration
}

// hook is what the webhooks of both configurations have in common.
type hook[T any] interface {
	WithName(string) T
	WithClientConfig(*applyv1.WebhookClientConfigApplyConfiguration) T
	WithRules(...*applyv1.RuleWithOperationsApplyConfiguration) T
	WithMatchConditions(...*applyv1.MatchConditionApplyConfiguration) T
	WithNamespaceSelector(*applymetav1.LabelSelectorApplyConfiguration) T
	WithObjectSelector(*applymetav1.LabelSelectorApplyConfiguration) T
	WithFailurePolicy(admissionv1.FailurePolicyType) T
	WithMatchPolicy(admissionv1.MatchPolicyType) T
	WithSideEffects(admissionv1.SideEffectClass) T
	WithTimeoutSeconds(int32) T
	WithAdmissionReviewVersions(...string) T
}

// configure sets what a webhook of either configuration needs.
func configure[T any](h hook[T], options *Options, e *endpoint, in *scope, caBundle []byte) {
	failure, timeout := e.failure, e.timeout
	if options.Unreached {
		failure, timeout = admissionv1.Ignore, unreachedTimeout
	}
	h.WithName(e.name)
	h.WithClientConfig(options.client(e.path, caBundle))
	h.WithRules(e.rule())
	h.WithMatchConditions(e.conditions(in)...)
	h.WithNamespaceSelector(options.namespaces(e.namespaces(in)))
	h.WithObjectSelector(applymetav1.LabelSelector())
	h.WithFailurePolicy(failure)
	h.WithMatchPolicy(admissionv1.Equivalent)
	h.WithSideEffects(admissionv1.SideEffectClassNone)
	h.WithTimeoutSeconds(timeout)
	h.WithAdmissionReviewVersions("v1")
}

// meta returns the metadata of a configuration.
func (o *Options) meta(name string) *applymetav1.ObjectMetaApplyConfiguration {
	meta := applymetav1.ObjectMeta().WithName(name).
		WithLabels(map[string]string{"app.kubernetes.io/name": "fargate-webhook", "app.kubernetes.io/managed-by": "fargate-webhook"})
	if o.InjectFrom != "" {
		meta.WithAnnotations(map[string]string{injectAnnotation: o.InjectFrom})
	}
	if o.Owner != nil {
		meta.WithOwnerReferences(o.owner())
	}
	return meta
}

func (o *Options) client(path string, caBundle []byte) *applyv1.WebhookClientConfigApplyConfiguration {
	path = secretpath.Join(o.SecretPath, path)
	client := applyv1.WebhookClientConfig().WithCABundle(caBundle...)
	if o.Target.URL != "" {
		return client.WithURL(strings.TrimSuffix(o.Target.URL, "/") + path)
	}
	return client.WithService(applyv1.ServiceReference().
		WithNamespace(o.Target.ServiceNamespace).WithName(o.Target.ServiceName).WithPath(path).WithPort(443))
}

// namespaces selects the namespaces that aren't exempt, of these names alone unless there are none.
func (o *Options) namespaces(only []string) *applymetav1.LabelSelectorApplyConfiguration {
	exempt := slices.Compact(slices.Sorted(slices.Values(o.ExemptNamespaces)))
	named := func(operator metav1.LabelSelectorOperator, names []string) *applymetav1.LabelSelectorRequirementApplyConfiguration {
		return applymetav1.LabelSelectorRequirement().WithKey(corev1.LabelMetadataName).WithOperator(operator).WithValues(names...)
	}
	selector := applymetav1.LabelSelector()
	if len(only) > 0 {
		selector.WithMatchExpressions(named(metav1.LabelSelectorOpIn, only))
	}
	return selector.WithMatchExpressions(
		named(metav1.LabelSelectorOpNotIn, exempt),
		applymetav1.LabelSelectorRequirement().WithKey(policy.ExemptLabel).WithOperator(metav1.LabelSelectorOpNotIn).WithValues("true"),
	)
}

func (o *Options) owner() *applymetav1.OwnerReferenceApplyConfiguration {
	return applymetav1.OwnerReference().
		WithAPIVersion(o.Owner.APIVersion).WithKind(o.Owner.Kind).WithName(o.Owner.Name).WithUID(o.Owner.UID)
}
