package registration

import (
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	applyv1 "k8s.io/client-go/applyconfigurations/admissionregistration/v1"
	applymetav1 "k8s.io/client-go/applyconfigurations/meta/v1"

	"fargate-webhook/profiles"
	"fargate-webhook/webhook"
)

const (
	// MutatingName sorts before 0500-amazon-eks-fargate-mutation.amazonaws.com:
	// the API server calls mutating webhooks in the order of their
	// configurations' names, and EKS claims a pod by the labels it has then
	// (F2.1, F2.7, S1).
	MutatingName = "0400-fargate-webhook"
	// ValidatingName is that of the validating configuration.
	ValidatingName = "fargate-webhook"
	// ExemptLabel on a namespace, with the value "true", keeps the webhook out.
	ExemptLabel = "fargate-webhook/exempt"

	timeoutSeconds = 5
)

// Target is where the API server calls the webhook: by Service in a cluster,
// by URL outside of one.
type Target struct {
	// URL is https://host:port. When it is empty the Service is called.
	URL                           string
	ServiceNamespace, ServiceName string
}

// Options are what the configurations need besides profiles and CA.
type Options struct {
	Target Target
	// ExemptNamespaces are never sent: those of Kubernetes, and the webhook's
	// own, or it could keep itself from starting (S28, S34).
	ExemptNamespaces []string
	// Owner is deleted with its configurations, nil for none.
	Owner *metav1.OwnerReference
}

// endpoint is one webhook of a configuration.
type endpoint struct {
	name, path               string
	group, version, resource string
	operations               []admissionv1.OperationType
}

// pods selects pods when they are created, the only time at which EKS claims
// them (F1.13, F2.2, S23).
func pods(name, path string) endpoint {
	return endpoint{name: name, path: path, version: "v1", resource: "pods", operations: []admissionv1.OperationType{admissionv1.Create}}
}

// Mutating builds the mutating configuration.
func Mutating(options Options, index *profiles.Index, caBundle []byte) *applyv1.MutatingWebhookConfigurationApplyConfiguration {
	e := pods("pods.mutate.fargate-webhook", webhook.PathMutatePods)
	hook := applyv1.MutatingWebhook().
		WithName(e.name).
		WithClientConfig(options.client(e.path, caBundle)).
		WithRules(e.rule()).
		WithMatchConditions(e.conditions(index)...).
		WithNamespaceSelector(options.namespaces()).
		WithFailurePolicy(admissionv1.Fail).
		WithMatchPolicy(admissionv1.Equivalent).
		WithReinvocationPolicy(admissionv1.IfNeededReinvocationPolicy).
		WithSideEffects(admissionv1.SideEffectClassNone).
		WithTimeoutSeconds(timeoutSeconds).
		WithAdmissionReviewVersions("v1")
	configuration := applyv1.MutatingWebhookConfiguration(MutatingName).WithLabels(labels()).WithWebhooks(hook)
	if options.Owner != nil {
		configuration.WithOwnerReferences(options.owner())
	}
	return configuration
}

// Validating builds the validating configuration.
func Validating(options Options, index *profiles.Index, caBundle []byte) *applyv1.ValidatingWebhookConfigurationApplyConfiguration {
	written := []admissionv1.OperationType{admissionv1.Create, admissionv1.Update}
	configuration := applyv1.ValidatingWebhookConfiguration(ValidatingName).WithLabels(labels())
	for _, e := range []endpoint{
		pods("pods.validate.fargate-webhook", webhook.PathValidatePods),
		{name: "daemonsets.validate.fargate-webhook", path: webhook.PathValidateDaemonSets, group: "apps", version: "v1", resource: "daemonsets", operations: written},
		{name: "services.validate.fargate-webhook", path: webhook.PathValidateServices, version: "v1", resource: "services", operations: written},
	} {
		configuration.WithWebhooks(applyv1.ValidatingWebhook().
			WithName(e.name).
			WithClientConfig(options.client(e.path, caBundle)).
			WithRules(e.rule()).
			WithMatchConditions(e.conditions(index)...).
			WithNamespaceSelector(options.namespaces()).
			WithFailurePolicy(admissionv1.Fail).
			WithMatchPolicy(admissionv1.Equivalent).
			WithSideEffects(admissionv1.SideEffectClassNone).
			WithTimeoutSeconds(timeoutSeconds).
			WithAdmissionReviewVersions("v1"))
	}
	if options.Owner != nil {
		configuration.WithOwnerReferences(options.owner())
	}
	return configuration
}

func labels() map[string]string {
	return map[string]string{"app.kubernetes.io/name": "fargate-webhook", "app.kubernetes.io/managed-by": "fargate-webhook"}
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

func (e *endpoint) rule() *applyv1.RuleWithOperationsApplyConfiguration {
	return applyv1.RuleWithOperations().
		WithOperations(e.operations...).
		WithAPIGroups(e.group).WithAPIVersions(e.version).WithResources(e.resource).
		WithScope(admissionv1.NamespacedScope)
}

// conditions keep requests from being sent that the judgement would only let
// through: of namespaces without Fargate, and of pods that are never
// Fargate's (F2.9, S33).
func (e *endpoint) conditions(index *profiles.Index) []*applyv1.MatchConditionApplyConfiguration {
	var list []*applyv1.MatchConditionApplyConfiguration
	condition := func(name, expression string) {
		list = append(list, applyv1.MatchCondition().WithName(name).WithExpression(expression))
	}
	if scope := Scope(index); scope != "" {
		condition("namespace-of-a-fargate-profile", scope)
	}
	if e.resource == "pods" {
		condition("not-of-a-daemonset", `!has(object.metadata.ownerReferences) || !object.metadata.ownerReferences.exists(o, o.kind == "DaemonSet" && has(o.controller) && o.controller)`)
		condition("not-bound-to-a-node", `!has(object.spec.nodeName) || object.spec.nodeName == ""`)
		condition("not-a-mirror-pod", `!has(object.metadata.annotations) || !("`+corev1.MirrorPodAnnotationKey+`" in object.metadata.annotations)`)
	}
	return list
}
