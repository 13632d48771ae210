package serve

import (
	"context"

	"go.uber.org/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"fargate-webhook/internal/events"
	"fargate-webhook/internal/kube"
	"fargate-webhook/policy"
	"fargate-webhook/webhook/registration"
)

// ownerClusterRole is the ClusterRole of deploy/manifests with the rights to register. It owns the
// webhook configurations, so that deleting it deletes them.
const ownerClusterRole = "fargate-webhook-registration"

// newRegistration returns what registers the webhook. With --static-registration it changes nothing,
// and only logs when the registration should be printed and applied again.
func newRegistration(
	f *flags, client kube.Interface, deps *dependencies, reach *registration.Reach, p *policy.Policy, logger *zap.Logger,
) (func(context.Context), error) {
	if f.static {
		static := &registration.Static{Profiles: deps.profiles, Certificates: deps.certificates, Trusted: registration.Trusts(client), Logger: logger}
		return static.Run, nil
	}
	repairs, err := registration.NewRepairCounter(metrics.Registry)
	if err != nil {
		return nil, err
	}
	target := f.target.Target()
	var reachable func(context.Context) error
	if target.URL == "" {
		reachable = registration.ServiceReachable(client, target.ServiceNamespace, target.ServiceName)
	}
	registrar := &registration.Registrar{
		Client:        client,
		Certificates:  deps.certificates,
		Profiles:      deps.profiles,
		Lookups:       deps.lookups,
		Options:       deps.gate.registered(registration.OwnedBy(client, ownerClusterRole, registration.OptionsFor(p, target, f.target.Namespace))),
		Reachable:     reachable,
		Probe:         registration.Prober(client, f.target.Namespace, f.port),
		Reach:         reach,
		RepairCounter: repairs,
		Logger:        logger,
	}
	return registrar.Run, nil
}

// newReach returns what the registration finds out about whether the API server reaches the
// webhook.
func newReach(f *flags, client kube.Interface, logger *zap.Logger) *registration.Reach {
	return &registration.Reach{
		Deployment: &events.Deployment{Client: client, Namespace: f.target.Namespace, Name: f.deploymentName},
		Logger:     logger,
	}
}
