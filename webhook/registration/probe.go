package registration

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	applyv1 "k8s.io/client-go/applyconfigurations/admissionregistration/v1"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
	applymetav1 "k8s.io/client-go/applyconfigurations/meta/v1"

	"fargate-webhook/internal/kube"
	"fargate-webhook/internal/text"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

const (
	// ProbeName is the name of the validating configuration of the probe, and of the ConfigMap that
	// the probe asks for, which is never stored.
	ProbeName = "fargate-webhook-probe"
	// ProbePath is where the webhook answers the probe.
	ProbePath = "/probe"

	probeHook = "probe.validate.fargate-webhook"
	// probeAnswer is the refusal by which the leader knows that its request was sent to the
	// webhook.
	probeAnswer = "fargate-webhook was reached: this refusal is the expected answer to its probe"
	// maxProblem limits what the API server says about a failed call, in bytes.
	maxProblem = 400
)

// Probe builds the configuration of the probe. Its only webhook gets dry runs of a ConfigMap of one
// name in the webhook's own namespace, and nothing else. Its failure policy is Fail: that blocks
// nothing but the probe, and makes the API server say why it can't call the webhook.
func Probe(options Options, _ *profiles.Index, caBundle []byte) *applyv1.ValidatingWebhookConfigurationApplyConfiguration {
	hook := applyv1.ValidatingWebhook().WithName(probeHook).
		WithClientConfig(options.client(ProbePath, caBundle)).
		WithRules(applyv1.RuleWithOperations().WithOperations(admissionv1.Create).
			WithAPIGroups("").WithAPIVersions("v1").WithResources("configmaps").WithScope(admissionv1.NamespacedScope)).
		WithMatchConditions(applyv1.MatchCondition().WithName("the-probe").
			WithExpression(`request.name == "` + ProbeName + `" && has(request.dryRun) && request.dryRun`)).
		WithNamespaceSelector(applymetav1.LabelSelector().WithMatchLabels(map[string]string{corev1.LabelMetadataName: options.Namespace})).
		WithObjectSelector(applymetav1.LabelSelector()).
		WithFailurePolicy(admissionv1.Fail).
		WithMatchPolicy(admissionv1.Equivalent).
		WithSideEffects(admissionv1.SideEffectClassNone).
		WithTimeoutSeconds(policy.DefaultTimeout).
		WithAdmissionReviewVersions("v1")
	configuration := applyv1.ValidatingWebhookConfiguration(ProbeName).WithWebhooks(hook)
	configuration.ObjectMetaApplyConfiguration = options.meta(ProbeName)
	return configuration
}

// calledURL matches a URL in what the API server says. Its path is not repeated: who knows it can
// call the webhook.
var calledURL = regexp.MustCompile(`(https://[^/"\s]+)/[^"\s]*`)

// unprovenError says why a probe did not arrive, in words for an operator.
type unprovenError struct{ reason string }

func (e *unprovenError) Error() string { return e.reason }

func unproven(format string, args ...any) error {
	return &unprovenError{reason: fmt.Sprintf(format, args...)}
}

// Prober returns the Registrar's Probe: it asks the API server for a dry run that the webhook
// refuses. port is the one that the webhook listens on.
func Prober(client kube.Interface, namespace string, port int) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		// The API server gives up before: it waits for the webhook for DefaultTimeout.
		limited, cancel := context.WithTimeout(ctx, 3*policy.DefaultTimeout*time.Second)
		defer cancel()
		_, err := client.ConfigMaps(namespace).Apply(limited, applycorev1.ConfigMap(ProbeName, namespace),
			metav1.ApplyOptions{FieldManager: fieldManager, Force: true, DryRun: []string{metav1.DryRunAll}})
		return arrival(err, port)
	}
}

// arrival returns nil if the answer to a probe proves that the webhook was called, an
// [unprovenError] if it says why not, and any other error if nothing can be said.
func arrival(answer error, port int) error {
	status := apierrors.APIStatus(nil)
	if answer == nil {
		return unproven("the API server answered the probe without calling the webhook; it may not have seen the configuration %s yet", ProbeName)
	}
	if !errors.As(answer, &status) {
		return fmt.Errorf("probe through the API server: %w", answer)
	}
	message := calledURL.ReplaceAllString(status.Status().Message, "$1")
	switch short := text.Truncate(message, maxProblem); {
	case strings.Contains(message, probeHook) && strings.Contains(message, probeAnswer):
		return nil
	case strings.Contains(message, "failed calling webhook") && strings.Contains(message, probeHook):
		return unproven("the API server can't call the webhook: %s%s", short, advice(message, port))
	case apierrors.IsForbidden(answer) || apierrors.IsInvalid(answer) || apierrors.IsNotFound(answer) || status.Status().Code == http.StatusBadRequest:
		return unproven("the probe was refused before it got to the webhook: %s", short)
	}
	return fmt.Errorf("probe through the API server: %w", answer)
}

// advice says what to check when the API server can't call the webhook, as far as its message
// tells, else "".
func advice(message string, port int) string {
	contains := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(message, part) })
	}
	switch {
	case contains("connection refused", "no route to host", "network is unreachable", "dial tcp"):
		return fmt.Sprintf(": the control plane can't reach port %d: check the security group of the webhook's pods, and NetworkPolicies", port)
	case contains("deadline exceeded", "Client.Timeout", "i/o timeout"):
		return fmt.Sprintf(": either the control plane can't reach port %d (check the security group of the webhook's pods, and NetworkPolicies) or no replica answers in time", port)
	case contains("x509", "tls:"):
		return ": the serving certificate and the registered CA bundle must match"
	}
	return ""
}
