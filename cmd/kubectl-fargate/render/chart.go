package render

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/strvals"

	command "fargate-webhook/cmd/fargate-webhook/review"
	"fargate-webhook/review"
)

// Chart renders a Helm chart as `helm template` does: without a cluster, so that lookup finds
// nothing, and without any repository, so that its dependencies must be in it. Hooks are part of it.
func Chart(ctx context.Context, of *command.Chart) ([]review.Source, error) {
	sources, err := renderChart(ctx, of)
	if err != nil {
		return nil, fmt.Errorf("render the chart %s: %w", of.Path, err)
	}
	return sources, nil
}

func renderChart(ctx context.Context, of *command.Chart) ([]review.Source, error) {
	loaded, err := loader.Load(of.Path)
	if err != nil {
		return nil, err
	}
	if loaded.Metadata.Type == "library" {
		return nil, fmt.Errorf("it is a library, which has no manifests of its own")
	}
	if err := complete(loaded, of.Path); err != nil {
		return nil, err
	}
	values, err := values(of)
	if err != nil {
		return nil, err
	}
	if err := chartutil.ValidateReleaseName(of.Release); err != nil {
		return nil, fmt.Errorf("--release-name %q: %w", of.Release, err)
	}
	able, err := capabilities(of)
	if err != nil {
		return nil, err
	}
	if needs := loaded.Metadata.KubeVersion; needs != "" && !chartutil.IsCompatibleRange(needs, able.KubeVersion.Version) {
		return nil, fmt.Errorf("it needs Kubernetes %s, and is rendered for %s: set --kube-version", needs, able.KubeVersion.Version)
	}
	if err := chartutil.ProcessDependenciesWithMerge(loaded, values); err != nil {
		return nil, err
	}
	release := chartutil.ReleaseOptions{Name: of.Release, Namespace: of.Namespace, Revision: 1, IsInstall: true}
	all, err := chartutil.ToRenderValues(loaded, values, release, able)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	rendered, err := engine.Render(loaded, all)
	if err != nil {
		return nil, err
	}
	return templates(rendered), nil
}

// templates returns a source for each template with manifests, by name.
func templates(rendered map[string]string) []review.Source {
	var all []review.Source
	for _, name := range slices.Sorted(maps.Keys(rendered)) {
		content := rendered[name]
		if strings.TrimSpace(content) == "" || path.Base(name) == "NOTES.txt" {
			continue
		}
		all = append(all, source(name, []byte(content)))
	}
	return all
}

func source(name string, content []byte) review.Source {
	return review.Source{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }}
}

// complete returns an error if a dependency isn't in the chart.
func complete(of *chart.Chart, path string) error {
	var missing []string
	for _, wanted := range of.Metadata.Dependencies {
		if !slices.ContainsFunc(of.Dependencies(), func(has *chart.Chart) bool { return has.Name() == wanted.Name }) {
			missing = append(missing, wanted.Name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("its dependencies %s are not in the folder charts: run helm dependency build %s", strings.Join(missing, ", "), path)
	}
	return nil
}

// values returns those of the files, of which later ones win, and of the flags, which win over all.
func values(of *command.Chart) (map[string]any, error) {
	all := map[string]any{}
	for _, file := range of.Values {
		read, err := chartutil.ReadValuesFile(file)
		if err != nil {
			return nil, fmt.Errorf("--values %s: %w", file, err)
		}
		all = chartutil.MergeTables(read, all)
	}
	for _, text := range of.Set {
		if err := strvals.ParseInto(text, all); err != nil {
			return nil, fmt.Errorf("--set %q: %w", text, err)
		}
	}
	for _, text := range of.SetString {
		if err := strvals.ParseIntoString(text, all); err != nil {
			return nil, fmt.Errorf("--set-string %q: %w", text, err)
		}
	}
	return all, nil
}

// kubeVersion is the version of Kubernetes that a chart is rendered for without --kube-version. Helm
// takes that of its libraries, and these libraries know newer versions only in Helm's own build.
const kubeVersion = "v1.35.0"

func capabilities(of *command.Chart) (*chartutil.Capabilities, error) {
	able := chartutil.DefaultCapabilities.Copy()
	version, err := chartutil.ParseKubeVersion(cmp.Or(of.KubeVersion, kubeVersion))
	if err != nil {
		return nil, fmt.Errorf("--kube-version %q: %w", of.KubeVersion, err)
	}
	able.KubeVersion = *version
	able.APIVersions = slices.Concat(able.APIVersions, of.APIVersions)
	return able, nil
}
