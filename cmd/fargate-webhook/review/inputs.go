package review

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/labels"

	"fargate-webhook/cmd/fargate-webhook/cli"
	"fargate-webhook/kinds/custom"
	"fargate-webhook/profiles"
	"fargate-webhook/review"
	"fargate-webhook/review/input"
	"fargate-webhook/review/live"
)

// inputs say what is reviewed, and under which profiles and policy.
type inputs struct {
	files     []string
	recursive bool
	live      cli.LiveFlags
	namespace string

	render  Renderers
	folders []string
	chart   Chart

	fromCluster, all bool
	selector         string
	own              string
	// cluster is the one that is reviewed, nil before it is read.
	cluster *live.Reader
}

const fromCluster = "from-cluster"

func (i *inputs) register(set *pflag.FlagSet) {
	set.StringArrayVarP(&i.files, "filename", "f", nil, "manifest file, folder, pattern, URL, or - for standard input (repeatable)")
	set.BoolVarP(&i.recursive, "recursive", "R", false, "include the subfolders of a folder in --filename")
	i.registerRendered(set)
	i.live.Register(set)
	set.Lookup("config").Usage = "path to the policy file; without it the default policy, or with --from-cluster that of the webhook's Deployment"
	set.StringVarP(&i.namespace, "namespace", "n", "", "namespace of objects without metadata.namespace (default \"default\"), or with --from-cluster the one to review (default that of the kubeconfig's context)")
	set.BoolVar(&i.fromCluster, fromCluster, false, "review the objects of a live cluster instead of files; it is only read, and no Secret is")
	set.BoolVarP(&i.all, "all-namespaces", "A", false, "with --from-cluster, review all namespaces")
	set.StringVarP(&i.selector, "selector", "l", "", "with --from-cluster, report only objects with these labels, as in kubectl get -l")
	set.StringVar(&i.own, "webhook-namespace", "fargate-webhook", "with --from-cluster, namespace that the webhook runs in, which is exempt")
}

func (i *inputs) validate() error {
	if i.fromCluster {
		switch {
		case len(i.files) > 0 || i.isRendered():
			return errors.New("--from-cluster may not be used with --filename, --kustomize or --chart: review one of them")
		case i.all && i.namespace != "":
			return errors.New("--all-namespaces may not be used with --namespace")
		}
		return nil
	}
	switch {
	case i.all || i.selector != "":
		return errors.New("--all-namespaces and --selector may only be used with --from-cluster")
	case len(i.files) == 0 && !i.isRendered():
		return errors.New("--filename is required: set it to a file, a folder, a URL, or - for standard input; or set --from-cluster")
	}
	return i.checkRendered()
}

// open reads the profiles and the policy: those that flags name or, of a cluster, those of the
// webhook in it.
func (i *inputs) open(ctx context.Context) (*cli.Live, error) {
	if i.fromCluster {
		return i.live.Open(ctx, i.own)
	}
	return i.live.Given(ctx)
}

// reviewer returns a Reviewer for objects that name no namespace or, of a cluster, for its own.
func (i *inputs) reviewer(given *cli.Live, templates []custom.Workload) review.Reviewer {
	r := review.Reviewer{Index: profiles.NewIndex(given.Profiles), Policy: given.Policy, Namespace: cmp.Or(i.namespace, "default"), PodTemplates: templates}
	if i.fromCluster {
		r.OwnNamespace = i.own
	}
	return r
}

// sources returns the manifests, or reads the cluster. gaps are what of the cluster can't be read.
func (i *inputs) sources(ctx context.Context, given *cli.Live, templates []custom.Workload, stdin io.Reader, stderr io.Writer) (_ []review.Source, gaps []*live.Gap, err error) {
	if !i.fromCluster {
		return append(input.Sources(ctx, i.files, i.recursive, stdin), i.rendered(ctx)...), nil, nil
	}
	selector, err := labels.Parse(i.selector)
	if err != nil {
		return nil, nil, fmt.Errorf("--selector %q: %w", i.selector, err)
	}
	i.cluster = &live.Reader{Client: given.Client, Dynamic: given.Dynamic, Selector: selector, PodTemplates: templates}
	if !i.all {
		i.cluster.Namespace = cmp.Or(i.namespace, i.live.Namespace())
	}
	return readCluster(ctx, i.cluster, stderr)
}

// close removes what sources keeps until they are read.
func (i *inputs) close() error {
	if i.cluster == nil {
		return nil
	}
	return i.cluster.Close()
}
