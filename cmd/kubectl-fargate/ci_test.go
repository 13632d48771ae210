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
