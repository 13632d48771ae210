package cli

import (
	"context"
	"strings"

	"github.com/spf13/pflag"

	"fargate-webhook/profiles"
	"fargate-webhook/profiles/eks"
	"fargate-webhook/profiles/file"
)

// AddProfilesFlag adds --profiles, the files and folders to read Fargate profiles from. Each use of
// the flag adds one path: commas are part of the path.
func AddProfilesFlag(set *pflag.FlagSet, paths *[]string) {
	// pflag takes a word in backquotes as the name of the value.
	formats := strings.ReplaceAll(file.Formats, "`", "")
	set.StringArrayVar(paths, "profiles", nil,
		"file with Fargate profiles, or folder with .yaml, .yml and .json files of them (repeatable); formats: "+formats)
}

// AddClusterNameFlag adds --cluster-name, the EKS cluster whose Fargate profiles count.
func AddClusterNameFlag(set *pflag.FlagSet, name *string) {
	set.StringVar(name, "cluster-name", "",
		"EKS cluster to read the Fargate profiles of, from the EKS API; AWS region and credentials come from the usual environment variables and files")
}

// ProfileSources returns the sources that --cluster-name and --profiles name, the EKS API first: where
// sources disagree about a profile, the first one wins. open makes the source of files: file.New in
// the webhook's pod, file.NewOffline elsewhere.
func ProfileSources(ctx context.Context, clusterName string, paths []string, open func(paths ...string) *file.Source) ([]profiles.Source, error) {
	var sources []profiles.Source
	if clusterName != "" {
		source, err := eks.NewFromConfig(ctx, clusterName)
		if err != nil {
			return nil, err
		}
		sources = append(sources, source)
	}
	if len(paths) > 0 {
		sources = append(sources, open(paths...))
	}
	return sources, nil
}
