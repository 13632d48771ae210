package main

import (
	"context"

	"go.uber.org/zap"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"fargate-webhook/fargate"
	"fargate-webhook/profiles"
	"fargate-webhook/webhook/registration"
)

// ownerClusterRole is the ClusterRole of deploy/manifests: the registration is
// deleted with it.
const ownerClusterRole = "fargate-webhook"

// registrationFlags say by which way the API server is to call the webhook.
type registrationFlags struct{ namespace, serviceName, webhookURL string }

// options are those that the policy and the flags lead to.
func (f registrationFlags) options(policy *fargate.Policy) registration.Options {
	return registration.Options{
		Target:           registration.Target{URL: f.webhookURL, ServiceNamespace: f.namespace, ServiceName: f.serviceName},
		ExemptNamespaces: append(literal(policy.Exempt.Namespaces), f.namespace),
		Workloads:        policy.StrictestWorkloads(),

		Steers:            policy.Steers(),
		RewritesNodePorts: policy.RewritesNodePorts(),
	}
}

// newRegistrar makes what registers the webhook, by Service or by URL.
func newRegistrar(flags *serveFlags, client kubernetes.Interface, known *knowledge, policy *fargate.Policy, logger *zap.Logger) (*registration.Registrar, error) {
	repairs, err := registration.NewRepairCounter(metrics.Registry)
	if err != nil {
		return nil, err
	}
	var reachable func(context.Context) error
	if flags.webhookURL == "" {
		reachable = registration.ServiceReachable(client, flags.namespace, flags.serviceName)
	}
	by := registrationFlags{namespace: flags.namespace, serviceName: flags.serviceName, webhookURL: flags.webhookURL}
	return &registration.Registrar{
		Client:        client.AdmissionregistrationV1(),
		Certificates:  known.certificates,
		Profiles:      known.profiles,
		Lookups:       known.lookups,
		Options:       registration.OwnedBy(client, ownerClusterRole, by.options(policy)),
		Reachable:     reachable,
		RepairCounter: repairs,
		Logger:        logger,
	}, nil
}

// literal are the patterns that are plain names. A namespace selector knows no
// wildcards: what they match is sent, and let be when it is judged.
func literal(patterns []profiles.Pattern) []string {
	var names []string
	for _, p := range patterns {
		if p.Literal() {
			names = append(names, p.String())
		}
	}
	return names
}
