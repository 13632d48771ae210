package main

import (
	"context"
	"strings"

	"github.com/spf13/pflag"

	"fargate-webhook/profiles"
	"fargate-webhook/profiles/eks"
	"fargate-webhook/profiles/file"
)

// profilesFlag adds --profiles to the flags of a command. A comma may be part of a path, so it separates nothing.
func profilesFlag(set *pflag.FlagSet, paths *[]string) {
	set.StringArrayVar(paths, "profiles", nil, "read the Fargate profiles from this file, or the .yaml, .yml and .json files of this folder; may be given several times. "+
		"It holds "+strings.ReplaceAll(file.Formats, "`", "")) // a backquote has a meaning here
}

// clusterNameFlag adds --cluster-name.
func clusterNameFlag(set *pflag.FlagSet, name *string) {
	set.StringVar(name, "cluster-name", "", "read the Fargate profiles of this EKS cluster from the EKS API, with the AWS SDK's usual environment and files")
}

// profileSources are the sources that the flags name: the EKS API first, since it knows what there is, then the files.
func profileSources(ctx context.Context, clusterName string, paths []string) ([]profiles.Source, error) {
	var sources []profiles.Source
	if clusterName != "" {
		source, err := eks.NewFromConfig(ctx, clusterName)
		if err != nil {
			return nil, err
		}
		sources = append(sources, source)
	}
	if len(paths) > 0 {
		sources = append(sources, file.New(paths...))
	}
	return sources, nil
}
