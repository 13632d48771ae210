package main

import (
	"context"

	"go.uber.org/zap"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"fargate-webhook/fargate"
	"fargate-webhook/profiles"
	"fargate-webhook/profiles/freshness"
	"fargate-webhook/profiles/lastgood"
	"fargate-webhook/webhook/registration"
)

const (
	leaseName = "fargate-webhook"
	// ownerClusterRole is the ClusterRole of deploy/manifests: the registration
	// is deleted with it.
	ownerClusterRole = "fargate-webhook"
)

// newRegistrar makes what registers the webhook, by Service or by URL, and has
// the rest that one replica does run beside it.
func newRegistrar(flags *serveFlags, client kubernetes.Interface, known *knowledge, policy *fargate.Policy, logger *zap.Logger) manager.Runnable {
	options := registration.Options{
		Target:           registration.Target{URL: flags.webhookURL, ServiceNamespace: flags.namespace, ServiceName: flags.serviceName},
		ExemptNamespaces: append(literal(policy.Exempt.Namespaces), flags.namespace),
		Workloads:        policy.StrictestWorkloads(),
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
		return registration.Always{Registrar: registrar, Beside: beside(flags, client, known, logger)}
	}
	return &registration.Elected{Registrar: registrar, Beside: beside(flags, client, known, logger), Client: client, Namespace: flags.namespace, Name: leaseName}
}

// beside is what one of the replicas does for all, besides registering.
func beside(flags *serveFlags, client kubernetes.Interface, known *knowledge, logger *zap.Logger) []func(context.Context) {
	reporter := &freshness.Reporter{
		Watcher: known.profiles, Client: client, Namespace: flags.namespace, Deployment: flags.deploymentName, Limit: flags.staleAfter,
		Logger: logger.Named("profiles"),
	}
	runs := []func(context.Context){reporter.Run}
	if known.lastGood != nil {
		keeper := &lastgood.Keeper{Store: known.lastGood, Watcher: known.profiles, Logger: logger.Named("profiles")}
		runs = append(runs, keeper.Run)
	}
	return runs
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
