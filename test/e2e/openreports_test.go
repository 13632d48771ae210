package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	openreports "github.com/openreports/reports-api/apis/openreports.io/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"fargate-webhook/test/cluster"
)

// reported are manifests with every outcome that the format openreports has, and with names that no
// object can have.
const reported = `
{apiVersion: v1, kind: Service, metadata: {name: ignored, namespace: apps, annotations: {fargate-webhook/ignore-node-port: "until March"}},
  spec: {type: NodePort, selector: {run: on-fargate}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: opted-out, annotations: {eks.amazonaws.com/compute-type: ec2}}}
---
{apiVersion: tekton.dev/v1, kind: TaskRun, metadata: {name: not-judged, namespace: apps}, spec: {taskSpec: {steps: [{image: a}]}}}
---
{apiVersion: v1, kind: Pod, metadata: {name: unknown, namespace: apps}, spec: {hostnetwork: true, containers: [{name: a, image: a}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: "a\u001b[31m: #\"{}\n- x", namespace: "No Namespace"}, spec: {hostNetwork: true, containers: [{name: a, image: a}]}}
`

// TestOpenReports: an API server with the definitions of openreports.io takes what a review writes
// for it, without a field that it doesn't know, and gives it back.
func TestOpenReports(t *testing.T) {
	inParallel(t)
	c := shared.start(t)
	definitions := filepath.Join(moduleFolder(t, "github.com/openreports/reports-api"), "config/crd")
	mustKubectl(t, c, "", "apply", "-f", definitions)
	mustKubectl(t, c, "", "wait", "--for=condition=Established", "--timeout=1m", "-f", definitions)
	folder := t.TempDir()
	file := filepath.Join(folder, "more.yaml")
	if err := os.WriteFile(file, []byte(reported), 0o600); err != nil {
		t.Fatal(err)
	}
	review := exec.CommandContext(t.Context(), built.path(), append([]string{
		"review", "-R", "-f", "../../examples", "-f", file, "-f", filepath.Join(folder, "missing.yaml"), "-o=openreports",
	}, profilesArgs(t)...)...)
	written, err := review.Output()
	if review.ProcessState == nil || review.ProcessState.ExitCode() != 2 { // for what is missing, and for profiles, which are no manifests
		t.Fatal(err, string(written))
	}
	results, sums := map[openreports.Result]int{}, openreports.ReportSummary{}
	for document := range bytes.SplitSeq(written, []byte("\n---\n")) {
		var report openreports.Report // a ClusterReport has the same fields
		if err := yaml.UnmarshalStrict(document, &report); err != nil {
			t.Fatalf("%v\n%s", err, document)
		}
		for i := range report.Results {
			results[report.Results[i].Result]++
		}
		sums.Pass, sums.Fail, sums.Warn = sums.Pass+report.Summary.Pass, sums.Fail+report.Summary.Fail, sums.Warn+report.Summary.Warn
		sums.Error, sums.Skip = sums.Error+report.Summary.Error, sums.Skip+report.Summary.Skip
		stored(t, c, &report, document)
	}
	want := map[openreports.Result]int{"pass": sums.Pass, "fail": sums.Fail, "warn": sums.Warn, "error": sums.Error, "skip": sums.Skip}
	if diff := cmp.Diff(want, results); diff != "" || len(results) != 5 {
		t.Errorf("-summaries +results:\n%s", diff)
	}
}

// stored checks that the API server takes a report strictly, and has all of it then.
func stored(t *testing.T, c *cluster.Cluster, report *openreports.Report, text []byte) {
	t.Helper()
	at := []string{}
	if report.Namespace != "" {
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: report.Namespace}}
		_, _ = c.Clientset().CoreV1().Namespaces().Create(t.Context(), namespace, metav1.CreateOptions{}) // it may be there
		at = []string{"-n", report.Namespace}
	}
	mustKubectl(t, c, string(text), "create", "--validate=strict", "-f", "-")
	kind := strings.ToLower(report.Kind) + "s.openreports.io"
	var got, want map[string]any
	if err := json.Unmarshal([]byte(mustKubectl(t, c, "", append(at, "get", kind, report.Name, "-o", "json")...)), &got); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	delete(got, "metadata")
	delete(want, "metadata")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: -written +stored:\n%s", report.Namespace, diff)
	}
	mustKubectl(t, c, "", append(at, "delete", kind, report.Name)...)
}

// moduleFolder is where a Go module is that tests need.
func moduleFolder(t *testing.T, path string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", path).Output()
	if err != nil || len(bytes.TrimSpace(out)) == 0 {
		t.Fatalf("the module %s isn't there: %v", path, err)
	}
	return string(bytes.TrimSpace(out))
}
