package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

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
