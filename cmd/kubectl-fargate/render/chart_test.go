package render

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	command "fargate-webhook/cmd/fargate-webhook/review"
	"fargate-webhook/review"
)

const root = "../../.."

// files writes files into a new folder, and returns the folder.
func files(t *testing.T, of map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, content := range of {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// content returns the sources by name.
func content(t *testing.T, sources []review.Source) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, s := range sources {
		in, err := s.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		all[s.Name] = strings.TrimSpace(string(data))
	}
	return all
}

var small = map[string]string{
	"c/Chart.yaml":                  "apiVersion: v2\nname: small\nversion: 1.0.0\nkubeVersion: '>=1.30'\ndependencies: [{name: sub, version: 1.x.x, repository: 'https://charts.invalid', condition: sub.enabled}]\n",
	"c/values.yaml":                 "a: default\nb: default\nc: default\nsub: {enabled: true}\n",
	"c/charts/sub/Chart.yaml":       "apiVersion: v2\nname: sub\nversion: 1.0.0\n",
	"c/charts/sub/values.yaml":      "x: of-sub\n",
	"c/charts/sub/templates/x.yaml": "x: {{ .Values.x }}\n",
	"c/templates/_helpers.tpl":      `{{ define "name" }}{{ .Release.Name }}{{ end }}`,
	"c/templates/NOTES.txt":         "Thank you.\n",
	"c/templates/off.yaml":          "{{ if .Values.off }}off{{ end }}\n",
	"c/templates/all.yaml": `name: {{ include "name" . }}
namespace: {{ .Release.Namespace }}
values: {{ .Values.a }} {{ .Values.b }} {{ .Values.c }} {{ kindOf .Values.d }}
looked-up: {{ lookup "v1" "Secret" "apps" "x" | len }}
monitoring: {{ .Capabilities.APIVersions.Has "monitoring.coreos.com/v1" }}
kubernetes: {{ .Capabilities.KubeVersion.Minor }}
dns: "{{ getHostByName "localhost" }}"
`,
	"one.yaml": "a: one\nb: one\nd: 7\n",
	"two.yaml": "b: two\n",
}

func TestChart(t *testing.T) {
	folder := files(t, small)
	of := command.Chart{
		Path: filepath.Join(folder, "c"), Release: "r", Namespace: "apps",
		Values: []string{filepath.Join(folder, "one.yaml"), filepath.Join(folder, "two.yaml")}, Set: []string{"c=set"}, SetString: []string{"d=8"},
		KubeVersion: "1.33", APIVersions: []string{"monitoring.coreos.com/v1"},
	}
	want := map[string]string{
		"small/charts/sub/templates/x.yaml": "x: of-sub",
		"small/templates/all.yaml":          "name: r\nnamespace: apps\nvalues: one two set string\nlooked-up: 0\nmonitoring: true\nkubernetes: 33\ndns: \"\"",
	}
	sources, err := Chart(t.Context(), &of)
	if got := content(t, sources); err != nil || !maps.Equal(got, want) {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
	of.Path = packaged(t, filepath.Join(folder, "c"), "small")
	if sources, err = Chart(t.Context(), &of); err != nil || !maps.Equal(content(t, sources), want) {
		t.Errorf("packaged: got %q, %v", content(t, sources), err)
	}
	of.Set = []string{"sub.enabled=false"}
	if sources, err = Chart(t.Context(), &of); err != nil || len(sources) != 1 {
		t.Errorf("without sub: got %q, %v", content(t, sources), err)
	}
}

// packaged returns the .tgz of a chart.
func packaged(t *testing.T, folder, name string) string {
	t.Helper()
	var archive bytes.Buffer
	zip := gzip.NewWriter(&archive)
	tape := tar.NewWriter(zip)
	err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		within, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		if err := tape.WriteHeader(&tar.Header{Name: name + "/" + filepath.ToSlash(within), Mode: 0o600, Size: int64(len(data))}); err != nil {
			return err
		}
		_, err = tape.Write(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := tape.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name+"-1.0.0.tgz")
	if err := os.WriteFile(path, archive.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestChartFails(t *testing.T) {
	folder := files(t, small)
	chart := filepath.Join(folder, "c")
	lacking := maps.Clone(small)
	maps.DeleteFunc(lacking, func(name, _ string) bool { return strings.HasPrefix(name, "c/charts/") })
	library := files(t, map[string]string{"c/Chart.yaml": "apiVersion: v2\nname: small\nversion: 1.0.0\ntype: library\n"})
	for want, of := range map[string]command.Chart{
		"no such file or directory": {Path: filepath.Join(folder, "missing"), Release: "r"},
		"its dependencies sub are not in the folder charts: run helm dependency build ": {Path: filepath.Join(files(t, lacking), "c"), Release: "r"},
		"it is a library": {Path: filepath.Join(library, "c"), Release: "r"},
		"--values missing.yaml: open missing.yaml: no such file or directory": {Path: chart, Release: "r", Values: []string{"missing.yaml"}},
		`--set "a": `:           {Path: chart, Release: "r", Set: []string{"a"}},
		`--release-name "No": `: {Path: chart, Release: "No"},
		`--kube-version "x": `:  {Path: chart, Release: "r", KubeVersion: "x"},
		"it needs Kubernetes >=1.30, and is rendered for v1.29": {Path: chart, Release: "r", KubeVersion: "1.29"},
	} {
		_, err := Chart(t.Context(), &of)
		if err == nil || !strings.HasPrefix(err.Error(), "render the chart "+of.Path+": ") || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// The chart of the webhook renders as `helm template` renders it, with each of its test's values.
func TestChartIsHelms(t *testing.T) {
	values, err := filepath.Glob(filepath.Join(root, "deploy", "testdata", "values", "*.yaml"))
	if err != nil || len(values) == 0 {
		t.Fatal(values, err)
	}
	for _, file := range values {
		t.Run(filepath.Base(file), func(t *testing.T) {
			sameAsHelm(t, file)
		})
	}
}

func sameAsHelm(t *testing.T, file string) {
	t.Helper()
	absolute, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	helm := exec.CommandContext(t.Context(), "go", "tool", "-modfile=tools/chart/go.mod", "helm", "template", "r", "deploy/chart", "-n", "apps", "-f", absolute,
		"--set", "replicas=3", "--kube-version=1.33", "--api-versions=monitoring.coreos.com/v1")
	helm.Dir = root
	var problems bytes.Buffer
	helm.Stderr = &problems
	want, err := helm.Output()
	if err != nil {
		t.Fatal(err, problems.String())
	}
	sources, err := Chart(t.Context(), &command.Chart{
		Path: filepath.Join(root, "deploy", "chart"), Release: "r", Namespace: "apps", Values: []string{file}, Set: []string{"replicas=3"},
		KubeVersion: "1.33", APIVersions: []string{"monitoring.coreos.com/v1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, text := range content(t, sources) {
		got = append(got, documents(text)...)
	}
	slices.Sort(got)
	if all := documents(string(want)); len(all) < 5 || !slices.Equal(got, all) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n---\n"), strings.Join(all, "\n---\n"))
	}
}

// documents returns the documents of a text, sorted, without comments about their source.
func documents(text string) []string {
	var all []string
	for document := range strings.SplitSeq("\n"+text, "\n---") {
		var lines []string
		for line := range strings.Lines(document) {
			if !strings.HasPrefix(line, "# Source: ") {
				lines = append(lines, line)
			}
		}
		if document = strings.TrimSpace(strings.Join(lines, "")); document != "" {
			all = append(all, document)
		}
	}
	slices.Sort(all)
	return all
}
