package serve

import (
	"context"

	"go.uber.org/zap"
	"k8s.io/client-go/rest"

	"fargate-webhook/certs"
	"fargate-webhook/certs/expiry"
	"fargate-webhook/cmd/fargate-webhook/cli"
	"fargate-webhook/internal/events"
	"fargate-webhook/internal/kube"
	"fargate-webhook/internal/owner"
	"fargate-webhook/profiles"
	"fargate-webhook/profiles/eks"
	"fargate-webhook/profiles/file"
	"fargate-webhook/webhook/registration"
)

// profileSource returns the combined source of the Fargate profiles. id names it in the last good
// list; it is empty if the EKS API is not part of it, since then no list is kept.
func profileSource(ctx context.Context, f *flags, config *rest.Config, logger *zap.Logger) (source profiles.Source, id string, err error) {
	sources, err := cli.ProfileSources(ctx, f.clusterName, f.profiles, file.New)
	if err != nil {
		return nil, "", err
	}
	if f.ackClusterName != "" {
		source, err := cli.ACKSource(config, f.ackClusterName)
		if err != nil {
			return nil, "", err
		}
		sources = append(sources, source)
	}
	if cluster, ok := sources[0].(*eks.Source); ok {
		id = cluster.ID()
		if len(sources) > 1 {
			id += " and others"
		}
	}
	return profiles.Combine(logger, sources...), id, nil
}

// newExpiryReporter returns what creates events about certificates that weren't renewed.
func newExpiryReporter(f *flags, client kube.Interface, deps *dependencies, logger *zap.Logger) *expiry.Reporter {
	return &expiry.Reporter{
		Source: deps.certificates, Deployment: &events.Deployment{Client: client, Namespace: f.target.Namespace, Name: f.deploymentName},
		Logger: logger.Named("certificates"),
	}
}

// certificateSource returns the certificates of --cert-dir, or those signed by the generated CA in
// --state-dir or in a Secret.
func certificateSource(f *flags, config *rest.Config, client kube.Interface, owners owner.References) (certs.Source, error) {
	hosts, err := f.target.Hosts()
	if err != nil {
		return nil, err
	}
	rotation := certs.Rotation{Life: f.leafLife, Delay: f.rotationDelay, Trusted: registration.Trusts(client)}
	switch {
	case f.certDir != "":
		return certs.NewFilesSource(f.certDir)
	case f.stateDir != "":
		return certs.NewFolderSource(f.stateDir, hosts, rotation)
	}
	// Other requests of this replica must not delay the first certificate.
	own, err := kube.NewClient(config)
	if err != nil {
		return nil, err
	}
	return certs.NewSecretSource(own, f.target.Namespace, caName, hosts, owners, rotation), nil
}
