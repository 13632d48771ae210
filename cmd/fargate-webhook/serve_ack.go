package main

import (
	"fmt"

	"github.com/spf13/pflag"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"fargate-webhook/profiles"
	"fargate-webhook/profiles/ack"
)

// ackFlag names the cluster whose profiles ACK's objects tell. It is a flag of
// its own, since --cluster-name means to ask the EKS API.
func ackFlag(set *pflag.FlagSet, cluster *string) {
	set.StringVar(cluster, "ack-cluster-name", "",
		"read the Fargate profiles of this EKS cluster from the FargateProfile objects of ACK in this cluster; see docs/profiles.md")
}

func ackSource(config *rest.Config, cluster string) (profiles.Source, error) {
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("set up the client for ACK's objects: %w", err)
	}
	return ack.New(client, cluster), nil
}
