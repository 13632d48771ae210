package serve

import (
	"context"
	"fmt"

	"go.uber.org/zap"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"fargate-webhook/certs"
	"fargate-webhook/fargate/lint"
	"fargate-webhook/internal/kube"
	"fargate-webhook/internal/owner"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
	"fargate-webhook/profiles/lastgood"
	"fargate-webhook/webhook/lookups"
)

const (
	// caName is the Secret that holds the generated CA.
	caName = "fargate-webhook-ca"
	// profilesConfigMap is the ConfigMap that holds the last good list of Fargate profiles.
	profilesConfigMap = "fargate-webhook-profiles"
	// ownerRole is the Role of deploy/manifests with the rights to write these two and the Lease. It
	// owns them, so that deleting it deletes them.
	ownerRole = "fargate-webhook"
)

// dependencies are what decisions are made from. A replica runs each of them; /readyz waits for
// all.
type dependencies struct {
	certificates certs.Source
	gate         *gate
	profiles     *profiles.Watcher
	lookups      *lookups.Lookups
	// lastGood is nil if the profiles do not come from the EKS API: files and ACK's objects are
	// still there after a restart.
	lastGood *lastgood.Store
	// owners own what the webhook stores in its namespace.
	owners owner.References
}

func newDependencies(ctx context.Context, f *flags, p *policy.Policy, config *rest.Config, client kube.Interface, logger *zap.Logger) (*dependencies, error) {
	source, id, err := profileSource(ctx, f, config, logger.Named("profiles"))
	if err != nil {
		return nil, err
	}
	owners := owner.Role(client, f.target.Namespace, ownerRole)
	certificates, err := certificateSource(f, config, client, owners)
	if err != nil {
		return nil, err
	}
	gate, err := newGate(f, certificates, logger.Named("callers"))
	if err != nil {
		return nil, err
	}
	custom, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("create the Kubernetes client: %w", err)
	}
	caches, err := lookups.New(client, custom, logger.Named("lookups"))
	if err != nil {
		return nil, fmt.Errorf("set up the caches: %w", err)
	}
	deps := &dependencies{certificates: certificates, gate: gate, lookups: caches, owners: owners}
	options := profiles.WatcherOptions{
		Interval: f.refreshInterval, Logger: logger.Named("profiles"),
		Problems: func(list []profiles.Profile) []profiles.Problem { return lint.Problems(list, p) },
	}
	if id != "" {
		deps.lastGood = &lastgood.Store{Client: client, Namespace: f.target.Namespace, Name: profilesConfigMap, Source: id, Owners: owners}
		options.Keep = deps.lastGood
	}
	deps.profiles = profiles.NewWatcher(source, options)
	return deps, nil
}
