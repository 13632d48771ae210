package registration

import (
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	applyv1 "k8s.io/client-go/applyconfigurations/admissionregistration/v1"
	applymetav1 "k8s.io/client-go/applyconfigurations/meta/v1"

	"fargate-webhook/fargate"
	"fargate-webhook/profiles"
)

const (
	// MutatingName sorts before 0500-amazon-eks-fargate-mutation.amazonaws.com: the API server
	// calls mutating webhooks in the order of their configurations' names, and EKS claims a pod by
	// the labels it has then (F2.1, F2.7, S1).
	MutatingName = "0400-fargate-webhook"
	// ValidatingName is that of the validating configuration.
	ValidatingName = "fargate-webhook"
	// ExemptLabel on a namespace, with the value "true", keeps the webhook out.
	ExemptLabel = "fargate-webhook/exempt"

	// injectAnnotation is that of cert-manager's CA injector.
	injectAnnotation = "cert-manager.io/inject-ca-from"

	timeoutSeconds = 5
)

// Target is where the API server calls the webhook: by Service in a cluster, by URL outside of one.
type Target struct {
	// URL is https://host:port. When it is empty the Service is called.
	URL                           string
	ServiceNamespace, ServiceName string
}

// Options are what the configurations need besides profiles and CA.
type Options struct {
	Target Target
	// ExemptNamespaces are never sent: those of Kubernetes, and the webhook's own, or it could keep
	// itself from starting (S28, S34).
	ExemptNamespaces []string
	// InjectFrom is the cert-manager Certificate, as NAMESPACE/NAME, whose CA cert-manager is to
	// put into the configurations, empty for none.
	InjectFrom string
	// Owner is deleted with its configurations, nil for none.
	Owner *metav1.OwnerReference
	// Workloads is the strictest thing that can become of a workload, by which the API server is
	// told whether to send them and whether to wait for us.
	Workloads fargate.Action
	// Steers and RewritesNodePorts say whether DaemonSets are given a node affinity, and NodePort
	// Services another type, in some namespace.
	Steers, RewritesNodePorts bool
	// TargetGroupVersion is the version of TargetGroupConfigurations that the API server serves,
	// empty for none.
	TargetGroupVersion string
}

// Mutating builds the mutating configuration.
func Mutating(options Options, index *profiles.Index, caBundle []byte) *applyv1.MutatingWebhookConfigurationApplyConfiguration {
	scope := Scope(index)
	configuration := applyv1.MutatingWebhookConfiguration(MutatingName)
	configuration.ObjectMetaApplyConfiguration = options.meta(MutatingName)
	for _, e := range mutated(&options) {
		configuration.WithWebhooks(applyv1.MutatingWebhook().
			WithName(e.name).
			WithClientConfig(options.client(e.path, caBundle)).
			WithRules(e.rule()).
			WithMatchConditions(e.conditions(scope)...).
			WithNamespaceSelector(options.namespaces()).
			WithObjectSelector(applymetav1.LabelSelector()).
			WithFailurePolicy(e.failure).
			WithMatchPolicy(admissionv1.Equivalent).
			WithReinvocationPolicy(admissionv1.IfNeededReinvocationPolicy).
			WithSideEffects(admissionv1.SideEffectClassNone).
			WithTimeoutSeconds(timeoutSeconds).
			WithAdmissionReviewVersions("v1"))
	}
	return configuration
}

// Validating builds the validating configuration.
func Validating(options Options, index *profiles.Index, caBundle []byte) *applyv1.ValidatingWebhookConfigurationApplyConfiguration {
	scope := Scope(index)
	configuration := applyv1.ValidatingWebhookConfiguration(ValidatingName)
	configuration.ObjectMetaApplyConfiguration = options.meta(ValidatingName)
	for _, e := range validated(&options) {
		configuration.WithWebhooks(applyv1.ValidatingWebhook().
			WithName(e.name).
			WithClientConfig(options.client(e.path, caBundle)).
			WithRules(e.rule()).
			WithMatchConditions(e.conditions(scope)...).
			WithNamespaceSelector(options.namespaces()).
			WithObjectSelector(applymetav1.LabelSelector()).
			WithFailurePolicy(e.failure).
			WithMatchPolicy(admissionv1.Equivalent).
			WithSideEffects(admissionv1.SideEffectClassNone).
			WithTimeoutSeconds(timeoutSeconds).
			WithAdmissionReviewVersions("v1"))
	}
	return configuration
}

// meta is the metadata of a configuration.
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
	client := applyv1.WebhookClientConfig().WithCABundle(caBundle...)
	if o.Target.URL != "" {
		return client.WithURL(strings.TrimSuffix(o.Target.URL, "/") + path)
	}
	return client.WithService(applyv1.ServiceReference().
		WithNamespace(o.Target.ServiceNamespace).WithName(o.Target.ServiceName).WithPath(path).WithPort(443))
}

func (o *Options) namespaces() *applymetav1.LabelSelectorApplyConfiguration {
	exempt := slices.Compact(slices.Sorted(slices.Values(o.ExemptNamespaces)))
	return applymetav1.LabelSelector().WithMatchExpressions(
		applymetav1.LabelSelectorRequirement().WithKey(corev1.LabelMetadataName).WithOperator(metav1.LabelSelectorOpNotIn).WithValues(exempt...),
		applymetav1.LabelSelectorRequirement().WithKey(ExemptLabel).WithOperator(metav1.LabelSelectorOpNotIn).WithValues("true"),
	)
}

func (o *Options) owner() *applymetav1.OwnerReferenceApplyConfiguration {
	return applymetav1.OwnerReference().
		WithAPIVersion(o.Owner.APIVersion).WithKind(o.Owner.Kind).WithName(o.Owner.Name).WithUID(o.Owner.UID)
}
