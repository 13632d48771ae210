package review

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"fargate-webhook/review"
	"fargate-webhook/review/input"
)

// Renderers make manifests of folders that hold something else. The webhook's own program has none,
// so that it doesn't link Helm and Kustomize: kubectl-fargate has them.
type Renderers struct {
	// Kustomize returns the manifests of a folder with a kustomization.
	Kustomize func(ctx context.Context, folder string) ([]review.Source, error)
	// Chart returns the manifests of a Helm chart, a source for each template.
	Chart func(ctx context.Context, chart *Chart) ([]review.Source, error)
}

// Chart is a Helm chart, and what it is rendered with.
type Chart struct {
	// Path is a folder, or a packaged chart.
	Path               string
	Release, Namespace string
	// Values are files; Set and SetString are as Helm's flags.
	Values, Set, SetString []string
	// KubeVersion and APIVersions are what .Capabilities says, as far as they are set.
	KubeVersion string
	APIVersions []string
}

// renderedExamples are those of a program that renders.
const renderedExamples = `  # Review a Helm chart with its values
  fargate-webhook review --chart ./chart --values prod.yaml --set replicas=3 -n apps --profiles cluster-config.yaml

  # Review a kustomization
  fargate-webhook review -k overlays/prod --profiles cluster-config.yaml

`

func (i *inputs) registerRendered(set *pflag.FlagSet) {
	only := ""
	if i.render.Chart == nil {
		only = "; only in kubectl-fargate"
	}
	set.StringArrayVarP(&i.folders, "kustomize", "k", nil, "folder with a kustomization.yaml, rendered without remote bases, plugins and Helm charts (repeatable)"+only)
	set.StringVar(&i.chart.Path, "chart", "", "Helm chart, a folder or a .tgz file, rendered without a cluster"+only)
	set.StringArrayVar(&i.chart.Values, "values", nil, "file with values for --chart (repeatable)")
	set.StringArrayVar(&i.chart.Set, "set", nil, "value for --chart, as key=value (repeatable)")
	set.StringArrayVar(&i.chart.SetString, "set-string", nil, "value for --chart that is a string, as key=value (repeatable)")
	set.StringVar(&i.chart.Release, "release-name", "release-name", "name of the release of --chart")
	set.StringVar(&i.chart.KubeVersion, "kube-version", "", "version of Kubernetes that --chart is rendered for (default 1.35)")
	set.StringArrayVar(&i.chart.APIVersions, "api-versions", nil, "further API version, such as monitoring.coreos.com/v1, that --chart is rendered for (repeatable)")
}

func (i *inputs) isRendered() bool { return len(i.folders) > 0 || i.chart.Path != "" }

func (i *inputs) checkRendered() error {
	switch {
	case len(i.folders) > 0 && i.render.Kustomize == nil:
		return fmt.Errorf("--kustomize is one of kubectl-fargate's flags; here, pipe: kubectl kustomize %s | fargate-webhook review -f -", i.folders[0])
	case i.chart.Path != "" && i.render.Chart == nil:
		return fmt.Errorf("--chart is one of kubectl-fargate's flags; here, pipe: helm template %s %s | fargate-webhook review -f -", i.chart.Release, i.chart.Path)
	case i.chart.Path == "" && len(i.chart.Values)+len(i.chart.Set)+len(i.chart.SetString) > 0:
		return errors.New("--values, --set and --set-string may only be used with --chart")
	}
	return nil
}

// rendered returns the manifests of folders and chart. One that can't be rendered is a source that
// can't be opened.
func (i *inputs) rendered(ctx context.Context) (all []review.Source) {
	add := func(name string, found []review.Source, err error) {
		if err != nil {
			found = []review.Source{input.Missing(name, err)}
		}
		all = append(all, found...)
	}
	for _, folder := range i.folders {
		found, err := i.render.Kustomize(ctx, folder)
		add(folder, found, err)
	}
	if i.chart.Path != "" {
		chart := i.chart
		chart.Namespace = cmp.Or(i.namespace, "default")
		found, err := i.render.Chart(ctx, &chart)
		add(chart.Path, found, err)
	}
	return all
}
