package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"sigs.k8s.io/yaml"

	"fargate-webhook/test/cluster"
)

// programs is a folder for PATH.
var programs string

func TestMain(m *testing.M) {
	var err error
	if programs, err = os.MkdirTemp("", "fargate-programs-"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(programs)
	os.Exit(code)
}

// built compiles the programs, once.
var built = sync.OnceValue(func() error {
	for folder, name := range map[string]string{root: "./cmd/fargate-webhook", ".": "."} { // of two modules
		build := exec.CommandContext(context.Background(), "go", "build", "-o", programs+string(filepath.Separator), name)
		build.Dir = folder
		if out, err := build.CombinedOutput(); err != nil {
			return errors.New(string(out))
		}
	}
	return os.Symlink("kubectl-fargate", filepath.Join(programs, "kubectl_complete-fargate"))
})

// shell is a folder of a user with the programs in PATH, manifests and profiles.
type shell struct{ folder string }

func newShell(t *testing.T) *shell {
	t.Helper()
	if err := built(); err != nil {
		t.Fatal(err)
	}
	s := &shell{folder: t.TempDir()}
	s.copy(t, "examples/deployment.yaml", "deploy/web.yaml")
	s.copy(t, "examples/cluster-config.yaml", "cluster-config.yaml")
	return s
}

func (s *shell) copy(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, from))
	if err != nil {
		t.Fatal(err)
	}
	to = filepath.Join(s.folder, to)
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// run runs a program there, and returns all output and the exit code.
func (s *shell) run(t *testing.T, variables []string, name string, args ...string) (out string, code int) {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, args...)
	command.Dir = s.folder
	command.Env = append(append(os.Environ(), "PATH="+programs+string(filepath.ListSeparator)+os.Getenv("PATH"), "HOME="+s.folder, "KUBECONFIG="), variables...)
	output, err := command.CombinedOutput()
	if command.ProcessState == nil {
		t.Fatal(err)
	}
	return string(output), command.ProcessState.ExitCode()
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// kubectl finds the plugin, runs it, and completes its commands.
func TestKubectl(t *testing.T) {
	folder, err := cluster.BinDir()
	if err != nil {
		t.Skip(err)
	}
	kubectl := filepath.Join(folder, "kubectl")
	if _, err := os.Stat(kubectl); err != nil {
		t.Skip("kubectl is not built: ", err)
	}
	s := newShell(t)
	for _, c := range []struct {
		args []string
		want string
		code int
	}{
		{[]string{"fargate", "review", "-f", "deploy", "--profiles=cluster-config.yaml"}, "Fargate: apps-fargate-profile", 0},
		{[]string{"fargate", "review", "-f", absolute(t, "examples/service-nodeport.yaml"), "--profiles=cluster-config.yaml"}, "[node-port]", 1},
		{[]string{"fargate", "explain", "host-port"}, "host-port", 0},
		{[]string{"fargate", "--help"}, "kubectl fargate [command]", 0},
		{[]string{"plugin", "list"}, "kubectl-fargate", 0},
		{[]string{"__complete", "fargate", "review", "--from-c"}, "--from-cluster", 0},
	} {
		if out, code := s.run(t, nil, kubectl, c.args...); code != c.code || !strings.Contains(out, c.want) {
			t.Errorf("kubectl %q: exit code %d\n%s", c.args, code, out)
		}
	}
}

// helm runs Helm of a module below tools, with settings and plugins of its own.
func (s *shell) helm(t *testing.T, module string, args ...string) (string, int) {
	t.Helper()
	at := *s
	at.folder = absolute(t, ".")
	variables := []string{"HOME=" + os.Getenv("HOME")} // for Go
	for _, folder := range []string{"DATA", "CONFIG", "CACHE"} {
		variables = append(variables, "HELM_"+folder+"_HOME="+filepath.Join(s.folder, folder))
	}
	return at.run(t, variables, "go", append([]string{"tool", "-modfile=" + absolute(t, "tools/"+module+"/go.mod"), "helm"}, args...)...)
}

// chart adds a chart with a Deployment.
func (s *shell) chart(t *testing.T) string {
	t.Helper()
	s.copy(t, "examples/deployment.yaml", "app/templates/web.yaml")
	if err := os.WriteFile(filepath.Join(s.folder, "app/Chart.yaml"), []byte("apiVersion: v2\nname: app\nversion: 1.0.0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(s.folder, "app")
}

// Helm 3 installs what passes, and nothing else.
func TestHelmPostRenderer(t *testing.T) {
	s := newShell(t)
	template := []string{
		"template", "r", s.chart(t), "--post-renderer", "fargate-webhook",
		"--post-renderer-args", "post-render", "--post-renderer-args", "--profiles=" + filepath.Join(s.folder, "cluster-config.yaml"), "--post-renderer-args=-napps",
	}
	helm := func() (string, int) { return s.helm(t, "chart", template...) }
	if out, code := helm(); code != 0 || !strings.Contains(out, "kind: Deployment") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	s.copy(t, "examples/service-nodeport.yaml", "app/templates/service.yaml")
	if out, code := helm(); code == 0 || strings.Contains(out, "kind: Deployment") || !strings.Contains(out, "[node-port]") {
		t.Errorf("denied: exit code %d\n%s", code, out)
	}
}

// decoded reads a YAML file of the repository.
func decoded(t *testing.T, file string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// Helm 4 installs the plugin, and what passes it. The review, which Helm 4 doesn't show, is in a file.
func TestHelm4Plugin(t *testing.T) {
	s := newShell(t)
	if out, code := s.helm(t, "helm4", "plugin", "install", absolute(t, "deploy/helm-plugin")); code != 0 || !strings.Contains(out, "Installed plugin: fargate") {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	review := filepath.Join(s.folder, "review.txt")
	template := []string{
		"template", "r", s.chart(t), "--post-renderer", "fargate",
		"--post-renderer-args=--profiles=" + filepath.Join(s.folder, "cluster-config.yaml"), "--post-renderer-args=-napps", "--post-renderer-args=-otable=" + review,
	}
	if out, code := s.helm(t, "helm4", template...); code != 0 || !strings.Contains(out, "kind: Deployment") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	s.copy(t, "examples/service-nodeport.yaml", "app/templates/service.yaml")
	service := filepath.Join(s.folder, "app/templates/service.yaml")
	for _, name := range []string{"a manifest", "a hook"} { // Helm 3 sends no hooks
		out, code := s.helm(t, "helm4", template...)
		if text, err := os.ReadFile(review); code == 0 || strings.Contains(out, "kind: Deployment") || !strings.Contains(string(text), "[node-port]") {
			t.Errorf("%s: exit code %d, %s, %v\n%s", name, code, text, err, out)
		}
		data, err := os.ReadFile(service)
		if err != nil {
			t.Fatal(err)
		}
		data = []byte(strings.Replace(string(data), "metadata:\n", "metadata:\n  annotations: {helm.sh/hook: pre-install}\n", 1))
		if err := errors.Join(os.WriteFile(service, data, 0o600), os.Remove(review)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPreCommit(t *testing.T) {
	var hooks []struct{ ID, Entry, Language string }
	decoded(t, ".pre-commit-hooks.yaml", &hooks)
	if len(hooks) != 1 || hooks[0].Language != "script" {
		t.Fatalf("%+v", hooks)
	}
	s := newShell(t)
	if out, code := s.run(t, nil, absolute(t, hooks[0].Entry), "--profiles=cluster-config.yaml", "deploy/web.yaml"); code != 0 {
		t.Errorf("exit code %d\n%s", code, out)
	}
	s.copy(t, "examples/service-nodeport.yaml", "deploy/a service.yaml")
	if out, code := s.run(t, nil, absolute(t, hooks[0].Entry), "--profiles=cluster-config.yaml", "deploy/web.yaml", "deploy/a service.yaml"); code != 1 || !strings.Contains(out, "[node-port]") {
		t.Errorf("denied: exit code %d\n%s", code, out)
	}
}

// The steps of the action run as a runner runs them.
func TestGitHubAction(t *testing.T) {
	var action struct {
		Inputs map[string]struct{ Default string }
		Runs   struct {
			Using string
			Steps []struct {
				Shell, Run string
				Env        map[string]string
			}
		}
	}
	decoded(t, "deploy/ci/action.yml", &action)
	if action.Runs.Using != "composite" || len(action.Runs.Steps) != 2 {
		t.Fatalf("%+v", action)
	}
	s := newShell(t)
	s.copy(t, "examples/service-nodeport.yaml", "deploy/service.yaml")
	inputs := map[string]string{"filename": "deploy\nextra.yaml", "profiles": "cluster-config.yaml", "args": "--fail-on=deny\n-n=apps", "sarif": "review.sarif"}
	s.copy(t, "examples/pod-small.yaml", "extra.yaml")
	summary := filepath.Join(s.folder, "summary.md")
	variables := []string{"GITHUB_ACTION_PATH=" + absolute(t, "deploy/ci"), "RUNNER_TEMP=" + t.TempDir(), "GITHUB_STEP_SUMMARY=" + summary, "HOME=" + os.Getenv("HOME")}
	input := regexp.MustCompile(`^\$\{\{ inputs\.(\w+) \}\}$`)
	for name, value := range action.Runs.Steps[1].Env {
		found := input.FindStringSubmatch(value)
		if found == nil {
			t.Fatalf("%s: %s", name, value)
		}
		if _, declared := action.Inputs[found[1]]; !declared {
			t.Fatalf("the input %s isn't declared", found[1])
		}
		variables = append(variables, name+"="+inputs[found[1]])
	}
	if out, code := s.run(t, variables, "bash", "-e", "-c", action.Runs.Steps[0].Run); code != 0 {
		t.Fatalf("build: exit code %d\n%s", code, out)
	}
	out, code := s.run(t, variables, "bash", "-e", "-c", action.Runs.Steps[1].Run)
	if code != 1 || !strings.Contains(out, "::error file=deploy/service.yaml") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	for _, file := range []string{summary, filepath.Join(s.folder, "review.sarif")} {
		if data, err := os.ReadFile(file); err != nil || !strings.Contains(string(data), "node-port") {
			t.Errorf("%s: %v\n%s", file, err, data)
		}
	}
}

// The script of the job runs with its variables, and writes what it names as artifacts.
func TestGitLab(t *testing.T) {
	var jobs map[string]struct {
		Variables map[string]string
		Script    []string
		Artifacts struct{ Reports struct{ JUnit string } }
	}
	decoded(t, "deploy/ci/gitlab.yml", &jobs)
	job, found := jobs["fargate-review"]
	if !found || len(jobs) != 1 {
		t.Fatalf("%+v", jobs)
	}
	s := newShell(t)
	var variables []string
	for name, value := range job.Variables {
		variables = append(variables, name+"="+value)
	}
	out, code := s.run(t, variables, "bash", "-e", "-c", strings.Join(job.Script, "\n"))
	if _, err := os.Stat(filepath.Join(s.folder, job.Artifacts.Reports.JUnit)); code != 0 || err != nil {
		t.Errorf("exit code %d, %v\n%s", code, err, out)
	}
	s.copy(t, "examples/service-nodeport.yaml", "deploy/service.yaml")
	if out, code := s.run(t, append(variables, "FARGATE_ARGS=--fail-on=warn"), "bash", "-e", "-c", strings.Join(job.Script, "\n")); code != 1 || !strings.Contains(out, "[node-port]") {
		t.Errorf("denied: exit code %d\n%s", code, out)
	}
}

// krew's manifest names the program, and is valid once a release fills it in.
func TestKrew(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(root, "deploy/krew/fargate.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`\{\{addURIAndSha "([^"]+)" \.TagName \}\}`).ReplaceAllString(string(data), "uri: $1\n    sha256: "+strings.Repeat("a", 64))
	text = strings.ReplaceAll(text, "{{ .TagName }}", "v1.0.0")
	var plugin struct {
		APIVersion, Kind string
		Metadata         struct{ Name string }
		Spec             struct {
			Version, ShortDescription, Description, Homepage string
			Platforms                                        []struct {
				Selector    struct{ MatchLabels map[string]string }
				URI, SHA256 string
				Bin         string
			}
		}
	}
	if err := yaml.UnmarshalStrict([]byte(text), &map[string]any{}); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal([]byte(text), &plugin); err != nil {
		t.Fatal(err)
	}
	if plugin.Kind != "Plugin" || plugin.Metadata.Name != "fargate" || plugin.Spec.Version != "v1.0.0" || len(plugin.Spec.ShortDescription) > 50 || len(plugin.Spec.Platforms) != 4 {
		t.Errorf("%+v", plugin)
	}
	for _, p := range plugin.Spec.Platforms {
		if p.Bin != "kubectl-fargate" || !strings.HasSuffix(p.URI, "_"+p.Selector.MatchLabels["os"]+"_"+p.Selector.MatchLabels["arch"]+".tar.gz") || len(p.SHA256) != 64 {
			t.Errorf("%+v", p)
		}
	}
}
