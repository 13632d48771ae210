package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// program runs the program, which must succeed, and returns what it printed.
func program(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), built.path(), args...).Output()
	if err != nil {
		t.Fatalf("%s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}

// writes are objects of each kind that is sent, in the namespaces of profiles.
func writes() map[string]string {
	const template = "{metadata: {labels: {app: a}}, spec: {containers: [{name: c, image: c}]}}"
	return map[string]string{
		"pod":        "{apiVersion: v1, kind: Pod, metadata: {name: scope}, spec: {containers: [{name: c, image: c}]}}",
		"service":    "{apiVersion: v1, kind: Service, metadata: {name: scope}, spec: {type: NodePort, selector: {app: a}, ports: [{port: 80}]}}",
		"daemonset":  "{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: scope}, spec: {selector: {matchLabels: {app: a}}, template: " + template + "}}",
		"deployment": "{apiVersion: apps/v1, kind: Deployment, metadata: {name: scope}, spec: {selector: {matchLabels: {app: a}}, template: " + template + "}}",
		"ingress":    "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: scope}, spec: {defaultBackend: {service: {name: scope, port: {number: 80}}}}}",
	}
}

// TestScopeWhileDown: the API server never calls the webhook for a namespace that no profile
// selects, so nothing there waits or fails while no replica answers; where one does select it a pod
// is refused. The scope follows the profiles before that.
func TestScopeWhileDown(t *testing.T) {
	c := ownCluster(t)
	inside, outside := newNamespace(t, c, "scoped-", nil), newNamespace(t, c, "ec2-", nil)
	profiles := filepath.Join(t.TempDir(), "profiles.yaml")
	selecting := func(namespaces string) {
		t.Helper()
		text := "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nfargateProfiles:\n- name: p\n  selectors:\n" + namespaces
		if err := os.WriteFile(profiles, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const apps = "  - {namespace: apps, labels: {run: on-fargate}}\n"
	selecting(apps + "  - {namespace: " + outside + ", labels: {layer: a}}\n")
	_, webhook := withOwnWebhook(t, []string{"--profiles=" + profiles, "--refresh-interval=1s", "--shutdown-delay=0s"}, nil)
	awaitTier(t, c, outside, "a")
	awaitTier(t, c, inside, "")
	selecting(apps + "  - {namespace: 'scop?d-*', labels: {layer: b}}\n")
	awaitTier(t, c, inside, "b")
	awaitTier(t, c, outside, "")

	if err := webhook.Stop(); err != nil {
		t.Fatal(err)
	}
	for kind, text := range writes() {
		mustKubectl(t, c, text, "create", "-n", outside, "-f", "-")
		if kind != "deployment" { // workloads are only warned about
			mustRefuse(t, kubectl(t, c, text, "create", "-n", inside, "-f", "-"), "failed calling webhook")
		}
	}
	if err := createDry(t, c, inside, nil); !apierrors.IsInternalError(err) {
		t.Errorf("a pod in scope: %v", err)
	}
}

// TestLongestScopeIsTaken: the API server takes and stores configurations with the longest scope
// that there can be in each webhook, as a list of names and as a condition.
func TestLongestScopeIsTaken(t *testing.T) {
	c := ownCluster(t)
	dir := t.TempDir()
	for name, format := range map[string]string{"names": "  - {namespace: scope-test-%06d}\n", "patterns": "  - {namespace: 'scope-test-%06d*'}\n"} {
		t.Run(name, func(t *testing.T) {
			var text strings.Builder
			text.WriteString("apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nfargateProfiles:\n- name: p\n  selectors:\n")
			for i := range 3000 {
				fmt.Fprintf(&text, format, i)
			}
			file := filepath.Join(dir, name+".yaml")
			if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
				t.Fatal(err)
			}
			printed := program(t, "registration", "--profiles="+file, "--cert-manager-inject-ca-from=a/b", "--target-group-version=v1beta1")
			if len(printed) < 15*60_000 {
				t.Fatalf("%d bytes: not the longest", len(printed))
			}
			longest := "longest-" + name
			printed = strings.NewReplacer("name: 0400-fargate-webhook", "name: "+longest, "  name: fargate-webhook\n", "  name: "+longest+"\n", "path: /", "path: /nowhere/").Replace(printed)
			t.Cleanup(func() {
				deleteLater(t, c, "mutatingwebhookconfiguration/"+longest, "validatingwebhookconfiguration/"+longest)
			})
			mustKubectl(t, c, printed, "apply", "--server-side", "-f", "-")
		})
	}
}
