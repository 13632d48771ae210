package render

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"

	"fargate-webhook/review"
)

// Kustomize renders a folder as `kubectl kustomize` does, but fetches nothing and runs nothing: a
// base or resource elsewhere is an error, and so are plugins and Helm charts.
func Kustomize(_ context.Context, folder string) ([]review.Source, error) {
	if err := local(folder, nil); err != nil {
		return nil, fmt.Errorf("render the kustomization %s: %w", folder, err)
	}
	made, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		return nil, fmt.Errorf("render the kustomization %s: %w", folder, err)
	}
	content, err := made.AsYaml()
	if err != nil {
		return nil, fmt.Errorf("render the kustomization %s: %w", folder, err)
	}
	return []review.Source{source(folder, content)}, nil
}

var errNone = errors.New("there is no kustomization.yaml in it")

// local returns an error if a kustomization, or one that it includes, names anything that isn't in a
// local file or folder: Kustomize would run git, or ask for a URL. within are the folders around it.
func local(folder string, within []string) error {
	root, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	if slices.Contains(within, root) {
		return nil // Kustomize says what is wrong with it
	}
	within = append(slices.Clone(within), root)
	k, err := read(folder)
	if err != nil {
		return err
	}
	if len(k.HelmCharts)+len(k.HelmChartInflationGenerator) > 0 {
		return errors.New("it has Helm charts, which are not rendered: review them with --chart")
	}
	for _, name := range slices.Concat(k.Generators, k.Transformers, k.Validators) {
		if err := configuresLocally(folder, name); err != nil {
			return err
		}
	}
	for _, name := range named(k) {
		if isInline(name) {
			continue
		}
		at := filepath.Join(folder, filepath.FromSlash(name))
		info, err := os.Stat(at)
		switch {
		case looksRemote(name), errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("%q is not a local file or folder, and nothing is fetched: pipe the output of kubectl kustomize %s", name, folder)
		case err != nil:
			return err
		case info.IsDir():
			if err := local(at, within); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}

// configuresLocally returns an error if the configuration of a plugin, a file or inline, names a URL:
// built-in plugins would fetch it.
func configuresLocally(folder, name string) error {
	content := []byte(name)
	if !isInline(name) {
		at := filepath.Join(folder, filepath.FromSlash(name))
		info, err := os.Stat(at)
		if err != nil || info.IsDir() {
			return nil //nolint:nilerr // local looks at it
		}
		if content, err = os.ReadFile(at); err != nil {
			return err
		}
		name = fmt.Sprintf("%q", name)
	} else {
		name = "a generator, transformer or validator"
	}
	if strings.Contains(string(content), "://") {
		return fmt.Errorf("%s names a URL, and nothing is fetched: pipe the output of kubectl kustomize %s", name, folder)
	}
	return nil
}

// read returns the kustomization of a folder.
func read(folder string) (*types.Kustomization, error) {
	for _, name := range [...]string{"kustomization.yaml", "kustomization.yml", "Kustomization"} {
		data, err := os.ReadFile(filepath.Join(folder, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		k := new(types.Kustomization)
		if err := yaml.Unmarshal(data, k); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return k, nil
	}
	return nil, errNone
}

// named returns what a kustomization includes by path or URL.
func named(k *types.Kustomization) []string {
	all := slices.Concat(k.Resources, k.Components, k.Bases, k.Crds, k.Configurations, k.Generators, k.Transformers, k.Validators) //nolint:staticcheck // old ones are read too
	for _, patch := range k.Patches {
		all = append(all, patch.Path)
	}
	for _, patch := range k.PatchesStrategicMerge { //nolint:staticcheck // old ones are read too
		all = append(all, string(patch))
	}
	for _, patch := range k.PatchesJson6902 { //nolint:staticcheck // old ones are read too
		all = append(all, patch.Path)
	}
	for _, replacement := range k.Replacements {
		all = append(all, replacement.Path)
	}
	for _, path := range k.OpenAPI {
		all = append(all, path)
	}
	for i := range k.ConfigMapGenerator {
		all = append(all, ofPairs(&k.ConfigMapGenerator[i].KvPairSources)...)
	}
	for i := range k.SecretGenerator {
		all = append(all, ofPairs(&k.SecretGenerator[i].KvPairSources)...)
	}
	return slices.DeleteFunc(all, func(name string) bool { return name == "" })
}

// ofPairs returns the files of a generator: each "path" or "key=path".
func ofPairs(of *types.KvPairSources) []string {
	all := slices.Concat(of.EnvSources, []string{of.EnvSource})
	for _, file := range of.FileSources {
		key, path, found := strings.Cut(file, "=")
		if !found {
			path = key
		}
		all = append(all, path)
	}
	return all
}

// isInline reports YAML or JSON instead of a path.
func isInline(name string) bool { return strings.ContainsAny(name, "\n{") }

// looksRemote reports what Kustomize takes for a URL or a git repository, even where a file has that
// name.
func looksRemote(name string) bool {
	name = strings.ToLower(name)
	user, rest, found := strings.Cut(name, "@")
	return strings.Contains(name, "://") || strings.HasPrefix(name, "github.com") || strings.HasPrefix(name, "gh:") || strings.HasPrefix(name, "git::") ||
		found && !strings.Contains(user, "/") && strings.Contains(rest, ":")
}
