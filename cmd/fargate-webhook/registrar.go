package main

import (
	"context"

	"go.uber.org/zap"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"fargate-webhook/fargate"
	"fargate-webhook/profiles"
	"fargate-webhook/webhook/registration"
)

const (
	leaseName = "fargate-webhook"
	// ownerClusterRole is the ClusterRole of deploy/manifests: the registration
	// is deleted with it.
	ownerClusterRole = "fargate-webhook"
)

// newRegistrar makes what registers the webhook, by Service or by URL, and runs
// others where it does.
func newRegistrar(flags *serveFlags, client kubernetes.Interface, known *knowledge, policy *fargate.Policy, logger *zap.Logger, others ...func(context.Context)) manager.Runnable {
	options := registration.Options{
		Target:           registration.Target{URL: flags.webhookURL, ServiceNamespace: flags.namespace, ServiceName: flags.serviceName},
		ExemptNamespaces: append(literal(policy.Exempt.Namespaces), flags.namespace),
		Workloads:        policy.StrictestWorkloads(),

		Steers:            policy.Steers(),
		RewritesNodePorts: policy.RewritesNodePorts(),
	}
	var reachable func(context.Context) error
	if flags.webhookURL == "" {
		reachable = registration.ServiceReachable(client, flags.namespace, flags.serviceName)
	}
	registrar := &registration.Registrar{
		Client:       client.AdmissionregistrationV1(),
		Certificates: known.certificates,
		Profiles:     known.profiles,
		Lookups:      known.lookups,
		Options:      registration.OwnedBy(client, ownerClusterRole, options),
		Reachable:    reachable,
		Logger:       logger.Named("registration"),
	}
	if !flags.leaderElect {
		return registration.Always{Registrar: registrar, Others: others}
	}
	return &registration.Elected{Registrar: registrar, Others: others, Client: client, Namespace: flags.namespace, Name: leaseName}
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
