package cli

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/spf13/pflag"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"fargate-webhook/doctor"
	"fargate-webhook/doctor/live"
	"fargate-webhook/fargate/lint"
	"fargate-webhook/internal/kube"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
	"fargate-webhook/profiles/ack"
	"fargate-webhook/profiles/file"
)

const (
	// requestTimeout limits each request to the API server, and listTimeout the time for reading
	// the profiles from all sources.
	requestTimeout = 30 * time.Second
	listTimeout    = 30 * time.Second
	// requests is how many requests a second are made.
	requests = 50
)

// AddACKClusterNameFlag adds --ack-cluster-name, the EKS cluster whose Fargate profiles ACK has as
// objects.
func AddACKClusterNameFlag(set *pflag.FlagSet, name *string) {
	set.StringVar(name, "ack-cluster-name", "",
		"EKS cluster to read the Fargate profiles of, from ACK's FargateProfile objects in the cluster that the webhook runs in")
}

// AddKubeconfigFlag adds --kubeconfig.
func AddKubeconfigFlag(set *pflag.FlagSet, path *string) {
	set.StringVar(path, "kubeconfig", "", "path to a kubeconfig file; without it the pod's service account is used, or else $KUBECONFIG")
}

// LiveFlags say which cluster is looked at, and with which profiles and policy.
type LiveFlags struct {
	profiles                    []string
	clusterName, ackClusterName string
	config                      string
	kubeconfig                  Kubeconfig
}

// Register adds the flags to a command.
func (f *LiveFlags) Register(set *pflag.FlagSet) {
	AddProfilesFlag(set, &f.profiles)
	AddClusterNameFlag(set, &f.clusterName)
	AddACKClusterNameFlag(set, &f.ackClusterName)
	set.StringVar(&f.config, "config", "", "path to the policy file; without it the one that the webhook's Deployment mounts, or else the default policy")
	AddKubeconfigFlag(set, &f.kubeconfig.Path)
	set.StringVar(&f.kubeconfig.Context, "context", "", "context of the kubeconfig; without it the current one")
}

// Live is a cluster, and what decides about its pods.
type Live struct {
	Client   kube.Interface
	Dynamic  dynamic.Interface
	Warnings func() []string
	Policy   policy.Policy
	Profiles []profiles.Profile
	// Problems are those of the profiles, notes too.
	Problems []profiles.Problem
	// Assumed says why Policy is the default although no flag says so: that of the webhook isn't
	// known. It is empty if the policy is known.
	Assumed string
}

// Open reads profiles and policy. Where flags don't say which, they are those of the webhook's
// Deployment in a namespace.
func (f *LiveFlags) Open(ctx context.Context, namespace string) (*Live, error) {
	config, err := f.kubeconfig.RESTConfig()
	if err != nil {
		return nil, err
	}
	warnings := new(warnings)
	config.WarningHandlerWithContext, config.Timeout, config.QPS, config.Burst = warnings, requestTimeout, requests, requests
	l := &Live{Warnings: warnings.take}
	if l.Client, err = kube.NewClient(config); err != nil {
		return nil, err
	}
	if l.Dynamic, err = dynamic.NewForConfig(config); err != nil {
		return nil, fmt.Errorf("create the Kubernetes client: %w", err)
	}
	webhook := live.Webhook(ctx, l.Dynamic, namespace)
	if l.Policy, l.Assumed, err = f.policy(ctx, l.Dynamic, &webhook, namespace); err != nil {
		return nil, err
	}
	l.Profiles, l.Problems, err = f.list(ctx, config, webhook.Value, &l.Policy)
	return l, err
}

// list returns the profiles of the flags, or else of the Deployment's flags.
func (f *LiveFlags) list(ctx context.Context, config *rest.Config, webhook *appsv1.Deployment, p *policy.Policy) ([]profiles.Profile, []profiles.Problem, error) {
	named := *f
	if !f.namesProfiles() {
		named.clusterName, named.ackClusterName = doctor.DeploymentFlag(webhook, "cluster-name"), doctor.DeploymentFlag(webhook, "ack-cluster-name")
	}
	if !named.namesProfiles() {
		return nil, nil, fmt.Errorf("%w: no Deployment of the webhook that names a cluster was found", errNoProfiles)
	}
	return named.read(ctx, func() (*rest.Config, error) { return config, nil }, p)
}

var errNoProfiles = errors.New("set at least one of --cluster-name, --profiles and --ack-cluster-name")

// Namespace returns that of the kubeconfig's context.
func (f *LiveFlags) Namespace() string { return f.kubeconfig.Namespace() }

// namesProfiles reports that a flag says where profiles are read from.
func (f *LiveFlags) namesProfiles() bool {
	return f.clusterName != "" || f.ackClusterName != "" || len(f.profiles) > 0
}

// Given reads the profiles and the policy that the flags name, without looking for a Deployment. No
// cluster is asked, unless its ACK objects are the profiles.
func (f *LiveFlags) Given(ctx context.Context) (*Live, error) {
	if !f.namesProfiles() {
		return nil, errNoProfiles
	}
	l := new(Live)
	var err error
	if l.Policy, err = LoadPolicy(f.config); err != nil {
		return nil, err
	}
	l.Profiles, l.Problems, err = f.read(ctx, f.kubeconfig.RESTConfig, &l.Policy)
	return l, err
}

// read reads the profiles that the flags name, and their problems under a policy. config says how to
// reach ACK's objects.
func (f *LiveFlags) read(ctx context.Context, config func() (*rest.Config, error), p *policy.Policy) ([]profiles.Profile, []profiles.Problem, error) {
	ctx, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	sources, err := ProfileSources(ctx, f.clusterName, f.profiles, file.NewOffline)
	if err != nil {
		return nil, nil, err
	}
	if f.ackClusterName != "" {
		config, err := config()
		if err != nil {
			return nil, nil, err
		}
		source, err := ACKSource(config, f.ackClusterName)
		if err != nil {
			return nil, nil, err
		}
		sources = append(sources, source)
	}
	return ListProfiles(ctx, sources, p)
}

// ACKSource returns the source of the profiles that ACK has as objects of an EKS cluster.
func ACKSource(config *rest.Config, clusterName string) (profiles.Source, error) {
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("create the client for ACK's objects: %w", err)
	}
	return ack.New(client, clusterName), nil
}

// ListProfiles reads the profiles of all sources, and returns their problems under a policy.
func ListProfiles(ctx context.Context, sources []profiles.Source, p *policy.Policy) ([]profiles.Profile, []profiles.Problem, error) {
	lists := make([][]profiles.Profile, len(sources))
	for i, source := range sources {
		var err error
		if lists[i], err = source.List(ctx); err != nil {
			return nil, nil, err
		}
	}
	list, differences := profiles.Merge(lists...)
	return list, append(differences, lint.Problems(list, p)...), nil
}

// warnings collects those of the API server.
type warnings struct {
	mutex sync.Mutex
	texts []string
}

// HandleWarningHeaderWithContext implements rest.WarningHandlerWithContext.
func (w *warnings) HandleWarningHeaderWithContext(_ context.Context, _ int, _, text string) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.texts = append(w.texts, text)
}

// take returns the warnings since the last call.
func (w *warnings) take() []string {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	texts := w.texts
	w.texts = nil
	return texts
}
