package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fargate-webhook/cmd/fargate-webhook/cli"
)

const (
	root            = "../.."
	exampleProfiles = "--profiles=" + root + "/examples/cluster-config.yaml"
)

// program runs the program as kubectl does.
func program(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	return called(t, "kubectl-fargate", args...)
}

func called(t *testing.T, as string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, problems bytes.Buffer
	code = run(context.Background(), append([]string{as}, args...), strings.NewReader(""), &out, &problems)
	return out.String(), problems.String(), code
}

// Charts and kustomizations are reviewed like files, each object with the template that it is from.
func TestReviewRenders(t *testing.T) {
	chart := []string{"--chart=" + root + "/deploy/chart", "--values=" + root + "/deploy/testdata/values/defaults.yaml", "-n=apps"}
	out, problems, code := program(t, append([]string{"review", exampleProfiles, "-o=json"}, chart...)...)
	if code != cli.ExitOK || problems != "" || !strings.Contains(out, `"source": "fargate-webhook/templates/deployment.yaml"`) || !strings.Contains(out, `"namespace": "apps"`) {
		t.Errorf("the chart: exit code %d, %s%s", code, problems, out)
	}
	out, problems, code = program(t, "review", exampleProfiles, "-o=json", "-k="+root+"/deploy/manifests", "-k", root+"/deploy/overlay", "-f", root+"/examples/deployment.yaml")
	for _, source := range []string{root + "/deploy/manifests", root + "/deploy/overlay", root + "/examples/deployment.yaml"} {
		if code != cli.ExitOK || problems != "" || !strings.Contains(out, `"source": "`+source+`"`) {
			t.Errorf("%s: exit code %d, %s%s", source, code, problems, out)
		}
	}
	for want, args := range map[string][]string{
		"render the kustomization " + root + ": there is no kustomization.yaml in it": {"-k", root},
		"render the chart " + root + "/examples: ":                                    {"--chart", root + "/examples"},
		"--values, --set and --set-string may only be used with --chart":              {"-f", root + "/examples/deployment.yaml", "--set", "a=b"},
		"--from-cluster may not be used with":                                         {"--from-cluster", "-k", root},
	} {
		if _, problems, code := program(t, append([]string{"review", exampleProfiles}, args...)...); code != cli.ExitUsage || !strings.Contains(problems, want) {
			t.Errorf("%q: exit code %d, %s", args, code, problems)
		}
	}
	out, problems, code = program(t, "review", exampleProfiles, "-o=json", "-k="+root, "--chart="+root+"/examples", "-f", root+"/examples/deployment.yaml")
	if code != cli.ExitUsage || strings.Count(problems, "\n") != 2 || strings.Count(out, `"text": "render the `) != 2 || !strings.Contains(out, `"name": "web"`) {
		t.Errorf("with what can't be rendered: exit code %d, %s%s", code, problems, out)
	}
}

// The examples with a chart and a kustomization work as they stand.
func TestHelpExamples(t *testing.T) {
	from, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for to, of := range map[string]string{"chart/templates/web.yaml": "deployment.yaml", "overlays/prod/web.yaml": "deployment.yaml", "cluster-config.yaml": "cluster-config.yaml"} {
		data, err := os.ReadFile(filepath.Join(from, "examples", of))
		if err != nil {
			t.Fatal(err)
		}
		write(t, to, string(data))
	}
	write(t, "chart/Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.0\n")
	write(t, "prod.yaml", "replicas: 2\n")
	write(t, "overlays/prod/kustomization.yaml", "resources: [web.yaml]\n")
	ran := 0
	for _, c := range newRootCommand().Commands() {
		for line := range strings.Lines(c.Example) {
			_, command, found := strings.Cut(line, "kubectl fargate ")
			if !found || !strings.Contains(command, " --chart ") && !strings.Contains(command, " -k ") {
				continue
			}
			ran++
			if out, problems, code := program(t, strings.Fields(command)...); code != cli.ExitOK || problems != "" || !strings.Contains(out, "apps-fargate-profile") {
				t.Errorf("%s: exit code %d, %s%s", command, code, problems, out)
			}
		}
	}
	if ran != 2 {
		t.Errorf("%d examples", ran)
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// It has the commands that people run, under the name by which kubectl runs it, and none that serves.
func TestCommands(t *testing.T) {
	var names []string
	for _, c := range newRootCommand().Commands() {
		names = append(names, c.Name())
		help, _, code := program(t, c.Name(), "--help")
		if code != cli.ExitOK || !strings.Contains(help, "kubectl fargate "+c.Name()) || regexp.MustCompile(`(?m)^ +fargate-webhook [a-z]`).MatchString(help) {
			t.Errorf("%s --help: exit code %d\n%s", c.Name(), code, help)
		}
	}
	if want := []string{"doctor", "explain", "post-render", "profiles", "review", "version", "why"}; !slices.Equal(names, want) {
		t.Errorf("commands %q, want %q", names, want)
	}
	if _, problems, code := program(t, "serve"); code != cli.ExitUsage || !strings.Contains(problems, `unknown command "serve" for "kubectl fargate"`) {
		t.Errorf("serve: exit code %d, %s", code, problems)
	}
	if _, problems, code := program(t, "review", "--no"); code != cli.ExitUsage || !strings.Contains(problems, `(see "kubectl fargate review --help")`) {
		t.Errorf("an unknown flag: exit code %d, %s", code, problems)
	}
}

// kubectl completes the plugin by running kubectl_complete-fargate; shells complete it by a script.
func TestCompletion(t *testing.T) {
	for args, want := range map[string]string{
		"rev":             "review\t",
		"review --from-c": "--from-cluster\t",
		"explain host-p":  "host-p",
		"review --fail":   "--fail-on\t",
		"completion ba":   "bash\t",
	} {
		out, _, code := called(t, filepath.Join(t.TempDir(), "kubectl_complete-fargate"), strings.Split(args, " ")...)
		if code != cli.ExitOK || !strings.HasPrefix(out, want) && args != "explain host-p" {
			t.Errorf("%s: exit code %d, %q", args, code, out)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if out, _, code := program(t, "completion", shell); code != cli.ExitOK || len(out) < 1000 {
			t.Errorf("completion %s: exit code %d, %d bytes", shell, code, len(out))
		}
	}
}

// The webhook's program must not grow by what only this one needs.
func TestModuleIsApart(t *testing.T) {
	for _, file := range []string{"go.mod", "go.sum"} {
		data, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		for _, module := range []string{"helm.sh/helm", "sigs.k8s.io/kustomize"} {
			if bytes.Contains(data, []byte(module)) {
				t.Errorf("%s of the webhook names %s", file, module)
			}
		}
	}
}
