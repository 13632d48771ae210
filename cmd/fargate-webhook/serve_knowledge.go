package main

import (
	"context"
	"fmt"

	"go.uber.org/zap"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"fargate-webhook/certs"
	"fargate-webhook/profiles"
	"fargate-webhook/profiles/eks"
	"fargate-webhook/profiles/file"
	"fargate-webhook/webhook/lookups"
)

// caName is the name of the Secret that holds our CA.
const caName = "fargate-webhook-ca"

// knowledge is what has to be there before anything can be judged. Each part
// runs with the manager, and tells when it is ready.
type knowledge struct {
	certificates certs.Source
	profiles     *profiles.Watcher
	lookups      *lookups.Lookups
}

func newKnowledge(ctx context.Context, flags *serveFlags, config *rest.Config, client kubernetes.Interface, logger *zap.Logger) (*knowledge, error) {
	source, err := profileSource(ctx, flags.profiles, flags.clusterName)
	if err != nil {
		return nil, err
	}
	certificates, err := certificateSource(flags, config)
	if err != nil {
		return nil, err
	}
	custom, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("set up the client: %w", err)
	}
	cluster, err := lookups.New(client, custom, logger.Named("lookups"))
	if err != nil {
		return nil, fmt.Errorf("set up the look-ups: %w", err)
	}
	watcher := profiles.NewWatcher(source, profiles.WatcherOptions{Interval: flags.refreshInterval, Logger: logger.Named("profiles")})
	return &knowledge{certificates: certificates, profiles: watcher, lookups: cluster}, nil
}

// profileSource is the file, or the EKS API for the cluster.
func profileSource(ctx context.Context, path, clusterName string) (profiles.Source, error) {
	if path != "" {
		return file.New(path), nil
	}
	return eks.NewFromConfig(ctx, clusterName)
}

func certificateSource(flags *serveFlags, config *rest.Config) (certs.Source, error) {
	hosts, err := flags.hosts()
	if err != nil {
		return nil, err
	}
	switch {
	case flags.certDir != "":
		return certs.NewFilesSource(flags.certDir)
	case flags.stateDir != "":
		return certs.NewFolderSource(flags.stateDir, hosts)
	}
	return certs.NewSecretSource(config, flags.namespace, caName, hosts), nil
}
