package render

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"
)

const configMap = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"

func TestKustomize(t *testing.T) {
	folder := files(t, map[string]string{
		"base/kustomization.yaml":    "resources: [c.yaml]\n",
		"base/c.yaml":                configMap,
		"overlay/kustomization.yaml": "namespace: apps\nresources: [../base]\nconfigMapGenerator: [{name: g, files: [k=v.txt], options: {disableNameSuffixHash: true}}]\npatches: [{patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: b}}'}]\n",
		"overlay/v.txt":              "https://is.only.text",
	})
	at := filepath.Join(folder, "overlay")
	sources, err := Kustomize(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{at: "apiVersion: v1\ndata:\n  a: b\nkind: ConfigMap\nmetadata:\n  name: c\n  namespace: apps\n---\n" +
		"apiVersion: v1\ndata:\n  k: https://is.only.text\nkind: ConfigMap\nmetadata:\n  name: g\n  namespace: apps"}
	if got := content(t, sources); !maps.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, folder := range []string{"overlay", "manifests"} {
		if sources, err := Kustomize(t.Context(), filepath.Join(root, "deploy", folder)); err != nil || len(sources) != 1 {
			t.Errorf("deploy/%s: %v", folder, err)
		}
	}
}

// Nothing is fetched and nothing is run, also not of a base.
func TestKustomizeStaysLocal(t *testing.T) {
	for text, want := range map[string]string{
		"resources: ['https://example.invalid/a.yaml']":                                "is not a local file or folder, and nothing is fetched",
		"resources: ['git@example.invalid:a/b.git']":                                   "is not a local file or folder",
		"resources: ['github.com/a/b']":                                                "is not a local file or folder",
		"resources: [missing]":                                                         "is not a local file or folder",
		"bases: ['example.invalid/a/b?ref=v1']":                                        "is not a local file or folder",
		"components: ['https://example.invalid/a//b']":                                 "is not a local file or folder",
		"patches: [{path: 'https://example.invalid/a.yaml'}]":                          "is not a local file or folder",
		"configMapGenerator: [{name: a, files: ['k=https://example.invalid/a']}]":      "is not a local file or folder",
		"secretGenerator: [{name: a, envs: ['https://example.invalid/a']}]":            "is not a local file or folder",
		"openapi: {path: 'https://example.invalid/a'}":                                 "is not a local file or folder",
		"helmCharts: [{name: a, repo: 'https://example.invalid'}]":                     "which are not rendered: review them with --chart",
		"transformers: [t.yaml]":                                                       `"t.yaml" names a URL`,
		"transformers: ['{apiVersion: builtin, kind: PatchTransformer, path: x://a}']": "a generator, transformer or validator names a URL",
		"generators: [exec.yaml]":                                                      "plugin",
		"resources: [../..]":                                                           "",
		"not: [a":                                                                      "kustomization.yaml: ",
	} {
		folder := files(t, map[string]string{
			"base/kustomization.yaml": text, "base/t.yaml": "path: https://example.invalid/a", "overlay/kustomization.yaml": "resources: [../base]",
			"base/github.com/a/b/kustomization.yaml": "resources: []", // Kustomize would ask git all the same
			"base/exec.yaml":                         "apiVersion: v1\nkind: X\nmetadata:\n  name: x\n  annotations:\n    config.kubernetes.io/function: |\n      exec: {path: ./run}\n",
		})
		for _, at := range []string{"base", "overlay"} {
			_, err := Kustomize(t.Context(), filepath.Join(folder, at))
			if err == nil || !strings.HasPrefix(err.Error(), "render the kustomization "+filepath.Join(folder, at)+": ") || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %s: got %v, want %s", at, text, err, want)
			}
		}
	}
	if _, err := Kustomize(t.Context(), t.TempDir()); err == nil || !strings.Contains(err.Error(), "there is no kustomization.yaml in it") {
		t.Errorf("an empty folder: %v", err)
	}
}
