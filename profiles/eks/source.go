// Package eks reads the Fargate profiles of a cluster from the EKS API.
package eks

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	awseks "github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"
	"golang.org/x/sync/errgroup"

	"fargate-webhook/internal/survive"
	"fargate-webhook/profiles"
)

// defaultConcurrency is how many profiles are described at the same time. It is low, since EKS
// publishes no rate limit (F1.21).
const defaultConcurrency = 4

// API is the part of the EKS client that a Source needs. *eks.Client of aws-sdk-go-v2 implements
// it.
type API interface {
	awseks.ListFargateProfilesAPIClient
	awseks.DescribeFargateProfileAPIClient
}

// Options are the settings of a Source. A zero field gets its default.
type Options struct {
	// Concurrency is how many profiles are described at the same time. Default 4.
	Concurrency int
	// PageSize is the number of names on a page, 1 to 100 (F1.20). Default: that of the API, 100.
	PageSize int32
	// Region is the region of the client. It is only used by ID.
	Region string
}

// Source lists the Fargate profiles of one cluster with the EKS API.
type Source struct {
	client      API
	cluster     string
	region      string
	concurrency int
	pageSize    *int32
}

// New returns a Source of the named cluster, in the account and region of the client.
func New(client API, cluster string, options Options) *Source {
	s := &Source{client: client, cluster: cluster, region: options.Region, concurrency: defaultConcurrency}
	if options.Concurrency > 0 {
		s.concurrency = options.Concurrency
	}
	if options.PageSize > 0 {
		s.pageSize = aws.Int32(options.PageSize)
	}
	return s
}

// NewFromConfig returns a Source with a client from the standard AWS configuration: environment,
// shared files, IRSA. AWS_ENDPOINT_URL_EKS sets another endpoint. load adds options to the
// configuration. It reads files but sends no requests. A region must be set, since pods on Fargate
// have no instance metadata (F4.29).
func NewFromConfig(ctx context.Context, cluster string, load ...func(*config.LoadOptions) error) (*Source, error) {
	if cluster == "" {
		return nil, errors.New("no cluster name: set the name of the EKS cluster whose Fargate profiles to read")
	}
	loaded, err := config.LoadDefaultConfig(ctx, append([]func(*config.LoadOptions) error{patient}, load...)...)
	if err != nil {
		return nil, fmt.Errorf("load the AWS configuration: %w", err)
	}
	if loaded.Region == "" {
		return nil, fmt.Errorf("no AWS region for the Fargate profiles of cluster %q: set AWS_REGION", cluster)
	}
	return New(awseks.NewFromConfig(loaded), cluster, Options{Region: loaded.Region}), nil
}

// ID identifies the cluster by name and region. Clusters of the same name and region in two
// accounts have the same ID.
func (s *Source) ID() string { return fmt.Sprintf("EKS cluster %q in region %q", s.cluster, s.region) }

// List returns all profiles of the cluster, of any status. It makes a call for each page of names
// and one for each profile (F1.20). It leaves out a profile that is deleted in the meantime. Any
// other error fails the whole list, and so does an answer without a required field: a missing list
// is not an empty list. Errors name the cluster and the profile and say what to do.
func (s *Source) List(ctx context.Context) ([]profiles.Profile, error) {
	names, err := s.names(ctx)
	if err != nil {
		return nil, err
	}
	found := make([]*profiles.Profile, len(names))
	group, limited := errgroup.WithContext(ctx)
	group.SetLimit(s.concurrency)
	for i, name := range names {
		group.Go(func() error {
			return survive.Call(func() (err error) { // the Watcher's own can't recover panics here
				found[i], err = s.describe(limited, name)
				return err
			})
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	list := make([]profiles.Profile, 0, len(found))
	for _, profile := range found {
		if profile != nil {
			list = append(list, *profile)
		}
	}
	if len(list) < len(found) {
		return s.confirmed(ctx, list)
	}
	return list, nil
}

// confirmed returns the list after some profile was not found, if the cluster still exists: a
// missing cluster has the same error code, but then listing names fails too.
func (s *Source) confirmed(ctx context.Context, list []profiles.Profile) ([]profiles.Profile, error) {
	if _, err := s.names(ctx); err != nil {
		return nil, err
	}
	return list, nil
}

// names returns the names of all profiles without duplicates. A repeated page token is an error:
// the SDK's paginator would follow it for ever, or stop there with an incomplete list.
func (s *Source) names(ctx context.Context) ([]string, error) {
	var names []string
	seen, tokens := map[string]bool{}, map[string]bool{}
	pages := awseks.NewListFargateProfilesPaginator(s.client, &awseks.ListFargateProfilesInput{ClusterName: &s.cluster, MaxResults: s.pageSize})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, s.explainList(err)
		}
		if page.FargateProfileNames == nil { // an empty list is not nil
			return nil, fmt.Errorf("list the Fargate profiles of cluster %q: the answer has no list; %s", s.cluster, lookBefore)
		}
		for _, name := range page.FargateProfileNames {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
		token := aws.ToString(page.NextToken)
		if tokens[token] {
			return nil, fmt.Errorf("list the Fargate profiles of cluster %q: page token %q is repeated, so the list would never end; %s",
				s.cluster, token, lookBefore)
		}
		tokens[token] = true
	}
	return names, nil
}

// describe returns one profile, or nil if it was deleted after it was listed.
func (s *Source) describe(ctx context.Context, name string) (*profiles.Profile, error) {
	out, err := s.client.DescribeFargateProfile(ctx, &awseks.DescribeFargateProfileInput{ClusterName: &s.cluster, FargateProfileName: &name})
	if _, gone := errors.AsType[*types.ResourceNotFoundException](err); gone {
		return nil, nil
	}
	if err != nil {
		return nil, s.explainDescribe(name, err)
	}
	if answer := out.FargateProfile; answer == nil || aws.ToString(answer.FargateProfileName) != name || answer.Status == "" {
		return nil, fmt.Errorf("describe Fargate profile %q of cluster %q: the answer has no profile of that name with a status; %s",
			name, s.cluster, lookBefore)
	}
	profile := &profiles.Profile{Name: name, Status: profiles.Status(out.FargateProfile.Status)}
	for _, selector := range out.FargateProfile.Selectors {
		profile.Selectors = append(profile.Selectors, profiles.Selector{Namespace: aws.ToString(selector.Namespace), Labels: selector.Labels})
	}
	return profile, nil
}
