package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fargate-webhook/cmd/fargate-webhook/cli"
)

func TestReviewExitCodes(t *testing.T) {
	const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a}]}\n"
	broken := write(t, "broken.yaml", pod+"---\nkind: [\n")
	empty := t.TempDir()
	nested := t.TempDir()
	if err := os.Mkdir(filepath.Join(nested, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(nested, "sub", "pod.yaml"), []byte(pod), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		stdin  string
		args   []string
		code   int
		stderr string
	}{
		"passes":              {"", []string{"-f", examplePods}, cli.ExitOK, ""},
		"standard input":      {pod, []string{"-f", "-"}, cli.ExitOK, ""},
		"a folder":            {"", []string{"-f", filepath.Join(nested, "sub")}, cli.ExitOK, ""},
		"folders of a folder": {"", []string{"-R", "-f", nested}, cli.ExitOK, ""},
		"denied":              {"", []string{"-f", exampleService}, cli.ExitFailed, ""},
		"denied among others": {"", []string{"-f", examplePods, "-f", exampleService, "-o", "json"}, cli.ExitFailed, ""},
		"no file named":       {"", nil, cli.ExitUsage, "--filename is required: set it to a file, a folder, a URL, or - for standard input"},
		"missing file":        {"", []string{"-f", "missing.yaml"}, cli.ExitUsage, "missing.yaml: no such file or directory"},
		"broken file":         {"", []string{"-f", broken}, cli.ExitUsage, broken + ":6: "},
		"broken beats denied": {"", []string{"-f", broken, "-f", exampleService}, cli.ExitUsage, broken + ":6: "},
		"broken input":        {"kind: [\n", []string{"-f", "-"}, cli.ExitUsage, "-:"},
		"empty input":         {"", []string{"-f", "-"}, cli.ExitUsage, "no Kubernetes object in -"},
		"empty folder":        {"", []string{"-f", empty}, cli.ExitUsage, empty + ": no .yaml, .yml or .json file in it; add -R to read its subfolders too"},
		"a pattern":           {"", []string{"-f", "../../examples/deploymen?.yaml"}, cli.ExitOK, ""},
		"a pattern of none":   {"", []string{"-f", "../../examples/*.xml"}, cli.ExitUsage, `no file matches "../../examples/*.xml"`},
		"a chart":             {"", []string{"--chart", "app", "--release-name", "r"}, cli.ExitUsage, "--chart is one of kubectl-fargate's flags; here, pipe: helm template r app | fargate-webhook review -f -"},
		"a kustomization":     {"", []string{"-k", "app"}, cli.ExitUsage, "--kustomize is one of kubectl-fargate's flags; here, pipe: kubectl kustomize app | fargate-webhook review -f -"},
		"a URL that fails":    {"", []string{"-f", "http://127.0.0.1:1/pod.yaml"}, cli.ExitUsage, "read manifests: http://127.0.0.1:1/pod.yaml: "},
		"folder without -R":   {"", []string{"-f", nested}, cli.ExitUsage, "; add -R to read its subfolders too"},
		"unknown output":      {pod, []string{"-f", "-", "--output", "xml"}, cli.ExitUsage, `--output "xml": must be table`},
		"to nodes":            {"", []string{"-f", exampleService, "--to", "auto-mode"}, cli.ExitOK, ""},
		"to Fargate":          {"", []string{"-f", exampleService, "--to", "fargate"}, cli.ExitFailed, ""},
		"to nowhere":          {pod, []string{"-f", "-", "--to", "mars"}, cli.ExitUsage, `--to "mars": must be fargate, auto-mode or ec2`},
		"notes are warnings":  {pod, []string{"-f", "-", "-n", "apps", "--to", "ec2", "--fail-on", "warn"}, cli.ExitFailed, ""},
		"an argument":         {pod, []string{"-f", "-", "pod.yaml"}, cli.ExitUsage, `unexpected argument "pod.yaml"`},
	} {
		t.Run(name, func(t *testing.T) {
			program(t, c.stdin, append([]string{"review", "--profiles", exampleProfiles}, c.args...)...).wants(t, c.code, c.stderr)
		})
	}
}

// Flags of a live cluster and of files don't mix.
func TestReviewFromClusterUsage(t *testing.T) {
	kubeconfig := write(t, "kubeconfig", nowhere)
	for want, args := range map[string][]string{
		"--from-cluster may not be used with --filename":    {"--from-cluster", "-f", examplePods},
		"--all-namespaces may not be used with --namespace": {"--from-cluster", "-A", "-n", "apps"},
		"--selector may only be used with --from-cluster":   {"-f", examplePods, "-l", "a=b"},
		"--all-namespaces and --selector may only":          {"-f", examplePods, "-A"},
		`--selector "a in": `:                               {"--from-cluster", "-l", "a in"},
	} {
		got := program(t, "", append([]string{"review", "--profiles", exampleProfiles, "--kubeconfig", kubeconfig}, args...)...)
		if got.code != cli.ExitUsage || !strings.Contains(got.stderr, want) || got.stdout != "" {
			t.Errorf("%q: exit code %d, %s%s", args, got.code, got.stderr, got.stdout)
		}
	}
}

func TestReviewProfiles(t *testing.T) {
	broken := write(t, "profiles.yaml", "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nfargateProfiles:\n- name: a\n")
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"not named": {nil, "set at least one of --cluster-name, --profiles and --ack-cluster-name"},
		"missing":   {[]string{"--profiles", "missing.yaml"}, "missing.yaml: no such file or directory"},
		"broken":    {[]string{"--profiles", broken}, broken + ":4: fargateProfiles[0].selectors: missing"},
		"manifests": {[]string{"--profiles", examplePods}, examplePods + ":"},
	} {
		t.Run(name, func(t *testing.T) {
			got := program(t, "", append([]string{"review", "-f", examplePods}, c.args...)...)
			got.wants(t, cli.ExitUsage, c.want)
			if got.stdout != "" {
				t.Errorf("unexpected output: %s", got.stdout)
			}
		})
	}
}

// The example passes unchanged. Without its label, the webhook adds the label and nothing else.
func TestReviewExample(t *testing.T) {
	const head = `{"items":[{"source":"-","index":0,"line":%d,"apiVersion":"apps/v1","kind":"Deployment","namespace":"apps",`
	const size = `"size":{"vcpu":"0.25","memory":"1Gi"},` +
		`"usage":{"requested":{"cpu":"250m","memory":"512Mi"},"provisioned":{"cpu":"250m","memory":"1Gi"},` +
		`"handedOut":{"cpu":"250m","memory":"512Mi"},"unused":{"cpu":"0","memory":"256Mi"}},`
	for name, want := range map[string]string{
		"deployment.yaml": fmt.Sprintf(head, 1) + `"name":"web","result":"pass",` +
			`"placement":{"fargate":true,"profile":"apps-fargate-profile","reason":"it matches selector 1 of the profile","labels":{}},` + size +
			`"patch":[],"findings":[]}],"summary":{"skip":0,"pass":1,"exempt":0,"change":0,"warn":0,"deny":0}}`,
		"deployment-unlabelled.yaml": fmt.Sprintf(head, 2) + `"name":"web-unlabelled","result":"change",` +
			`"placement":{"fargate":true,"profile":"apps-fargate-profile","reason":"it matches selector 1 of the profile once the labels are added","labels":{"run":"on-fargate"}},` + size +
			`"patch":[{"op":"add","path":"/metadata/labels/run","value":"on-fargate"}],"findings":[]}],"summary":{"skip":0,"pass":0,"exempt":0,"change":1,"warn":0,"deny":0}}`,
	} {
		text, err := os.ReadFile("../../examples/" + name)
		if err != nil {
			t.Fatal(err)
		}
		got := program(t, string(text), "review", "-f", "-", "--profiles", exampleProfiles, "-o", "json")
		got.wants(t, cli.ExitOK, "")
		if diff := cmp.Diff(decoded(t, want), withoutBill(t, got.stdout)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
}

func decoded(t *testing.T, text string) any {
	t.Helper()
	var out any
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return out
}

// -n applies to objects without a namespace.
func TestReviewNamespace(t *testing.T) {
	const pods = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: b, namespace: own}\nspec: {}\n"
	for want, args := range map[string][]string{"default own": nil, "apps own": {"-n", "apps"}} {
		got := program(t, pods, append([]string{"review", "-f", "-", "--profiles", exampleProfiles, "-o", "json"}, args...)...)
		var report struct{ Items []struct{ Namespace string } }
		if err := json.Unmarshal([]byte(got.stdout), &report); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, item := range report.Items {
			names = append(names, item.Namespace)
		}
		if strings.Join(names, " ") != want {
			t.Errorf("%v: have namespaces %v", args, names)
		}
	}
}

// Each value of --fail-on fails for its outcome and for worse ones.
func TestReviewFailOn(t *testing.T) {
	const pods = "metadata: {labels: {app: web}}, spec: {%containers: [{name: web, image: web}]}"
	template := func(extra string) string { return strings.Replace(pods, "%", extra, 1) }
	deployment := func(extra string) string {
		return "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: default}, spec: {selector: {matchLabels: {app: web}}, template: {" + template(extra) + "}}}"
	}
	inputs := map[string]string{
		"pods denied": deployment("hostPID: true, "),
		"warn":        deployment("hostnetwork: true, "),
		"change":      deployment(""),
		"not judged":  "{apiVersion: tekton.dev/v1, kind: TaskRun, metadata: {name: a}, spec: {taskSpec: {steps: [{image: a}]}}}",
		"unrelated":   "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}",
	}
	for failOn, fails := range map[string][]string{
		"deny":   {"pods denied"},
		"warn":   {"pods denied", "warn"},
		"change": {"pods denied", "warn", "change"},
		"skip":   {"pods denied", "warn", "change", "not judged"},
		"never":  nil,
	} {
		for name, input := range inputs {
			want := cli.ExitOK
			if slices.Contains(fails, name) {
				want = cli.ExitFailed
			}
			t.Run(failOn+"/"+name, func(t *testing.T) {
				program(t, input, "review", "--profiles", exampleProfiles, "-f", "-", "--fail-on", failOn).wants(t, want, "")
			})
		}
	}
	program(t, "", "review", "--profiles", exampleProfiles, "-f", "-", "--fail-on", "all").wants(t, cli.ExitUsage, `--fail-on is "all": it must be deny, warn, change, skip or never`)
	program(t, "", "review", "--profiles", exampleProfiles, "-f", "-", "--pod-template", "Widget").wants(t, cli.ExitUsage, `--pod-template: "Widget" must be "group/kind=path"`)
}

// A kind that --pod-template names is judged.
func TestReviewPodTemplate(t *testing.T) {
	const widget = "{apiVersion: example.com/v1, kind: Widget, metadata: {name: a, namespace: default}, spec: {pods: [{spec: {hostPID: true, containers: [{name: a, image: a}]}}]}}"
	args := []string{"review", "--profiles", exampleProfiles, "-f", "-"}
	program(t, widget, args...).wants(t, cli.ExitOK, "")
	program(t, widget, append(args, "--pod-template", "example.com/Widget=spec.pods[*]")...).wants(t, cli.ExitFailed, "")
	config := write(t, "policy.yaml", "apiVersion: fargate-webhook/v1alpha1\nkind: Policy\npodTemplates: ['example.com/Widget=spec.pods[*]']\n")
	program(t, widget, append(args, "--config", config)...).wants(t, cli.ExitFailed, "")
}
