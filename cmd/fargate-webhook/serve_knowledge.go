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
	"fargate-webhook/profiles/lastgood"
	"fargate-webhook/webhook/lookups"
)

const (
	// caName is the name of the Secret that holds our CA.
	caName = "fargate-webhook-ca"
	// lastGoodName is the name of the ConfigMap that holds the last good list
	// of Fargate profiles.
	lastGoodName = "fargate-webhook-profiles"
)

// knowledge is what has to be there before anything can be judged. Each part
// runs with the manager, and tells when it is ready.
type knowledge struct {
	certificates certs.Source
	profiles     *profiles.Watcher
	lookups      *lookups.Lookups
	// lastGood is nil where the profiles come from files only: they are there
	// again after a restart.
	lastGood *lastgood.Store
}

func newKnowledge(ctx context.Context, flags *serveFlags, config *rest.Config, client kubernetes.Interface, logger *zap.Logger) (*knowledge, error) {
	source, id, err := profileSource(ctx, flags, config, logger.Named("profiles"))
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
	known := &knowledge{certificates: certificates, lookups: cluster}
	options := profiles.WatcherOptions{Interval: flags.refreshInterval, Logger: logger.Named("profiles")}
	if id != "" {
		known.lastGood = &lastgood.Store{Client: client.CoreV1(), Namespace: flags.namespace, Name: lastGoodName, Source: id}
		options.Keep = known.lastGood
	}
	known.profiles = profiles.NewWatcher(source, options)
	return known, nil
}

// profileSource returns the source, and what names it if its last good list is
// to be kept: that of the EKS API, with what is combined with it.
func profileSource(ctx context.Context, flags *serveFlags, config *rest.Config, logger *zap.Logger) (source profiles.Source, id string, err error) {
	sources, err := profileSources(ctx, flags.clusterName, flags.profiles)
	if err != nil {
		return nil, "", err
	}
	if flags.ackClusterName != "" {
		source, err := ackSource(config, flags.ackClusterName)
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
