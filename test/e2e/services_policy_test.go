package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/test/cluster"
)

// withRewriting runs a webhook under a policy that makes NodePort Services ClusterIP in the
// namespaces of pattern match, and that adds no labels in those of "fargate-loose-".
func withRewriting(t *testing.T, match string, profiles []string) *cluster.Cluster {
	t.Helper()
	config := filepath.Join(t.TempDir(), "policy.yaml")
	text := "apiVersion: fargate-webhook/v1alpha1\nkind: Policy\nnamespaces:\n" +
		"  - {match: fargate-loose-*, labels: Off, nodePortServices: ClusterIP}\n  - {match: " + match + ", nodePortServices: ClusterIP}\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, _ := withOwnWebhook(t, append(profiles, "--shutdown-delay=0s", "--config="+config), nil)
	return c
}

// mustBeClusterIP checks that nothing of a NodePort Service is left.
func mustBeClusterIP(t *testing.T, service *corev1.Service) {
	t.Helper()
	if service.Spec.Type != corev1.ServiceTypeClusterIP || service.Spec.HealthCheckNodePort != 0 ||
		service.Spec.ExternalTrafficPolicy != "" && len(service.Spec.ExternalIPs) == 0 {
		t.Errorf("the Service is of type %s, externalTrafficPolicy %q", service.Spec.Type, service.Spec.ExternalTrafficPolicy)
	}
	for _, port := range service.Spec.Ports {
		if port.NodePort != 0 {
			t.Errorf("port %d has the node port %d", port.Port, port.NodePort)
		}
	}
}

// TestNodePortServicesByPolicy: a NodePort Service is made ClusterIP when it is created, and again
// whenever its manifest is applied. One that is of type NodePort already stays so.
func TestNodePortServicesByPolicy(t *testing.T) {
	c := withRewriting(t, "fargate-*", profilesArgs(t))
	namespace := newNamespace(t, c, "fargate-", nil)
	for way, args := range waysToApply() {
		t.Run(way, func(t *testing.T) {
			text := serviceText(way, "", ", type: NodePort, externalTrafficPolicy: Local")
			text = strings.Replace(text, "{port: 80}", "{port: 80, nodePort: 30123}", 1)
			for range 3 {
				mustWarn(t, kubectl(t, c, text, append([]string{"apply", "-n", namespace, "-f", "-"}, args...)...))
				yaml := mustKubectl(t, c, "", "get", "service", way, "-n", namespace, "-o", "yaml")
				if !strings.Contains(yaml, "\n  type: ClusterIP\n") {
					t.Errorf("kubectl shows\n%s", yaml)
				}
				mustBeClusterIP(t, getService(t, c, namespace, way))
			}
			// A later change of the manifest arrives.
			mustWarn(t, kubectl(t, c, strings.Replace(text, "port: 80,", "port: 8080,", 1), append([]string{"apply", "-n", namespace, "-f", "-"}, args...)...))
			got := getService(t, c, namespace, way)
			mustBeClusterIP(t, got)
			if got.Spec.Ports[0].Port != 8080 {
				t.Errorf("port %d", got.Spec.Ports[0].Port)
			}
		})
	}
	t.Run("ClusterIP becomes NodePort", func(t *testing.T) {
		apply(t, c, namespace, serviceText("inner", "", ""))
		mustWarn(t, kubectl(t, c, "", "patch", "service", "inner", "-n", namespace, "--type=merge", "-p", `{"spec":{"type":"NodePort"}}`))
		mustBeClusterIP(t, getService(t, c, namespace, "inner"))
	})
	t.Run("LoadBalancer becomes NodePort", func(t *testing.T) {
		apply(t, c, namespace, serviceText("balanced", "", ", type: LoadBalancer, externalTrafficPolicy: Local"))
		mustWarn(t, kubectl(t, c, "", "patch", "service", "balanced", "-n", namespace, "--type=merge", "-p", `{"spec":{"type":"NodePort"}}`))
		mustBeClusterIP(t, getService(t, c, namespace, "balanced"))
	})
	t.Run("NodePort from before", func(t *testing.T) {
		before := newNamespace(t, c, "fargate-", map[string]string{"fargate-webhook/exempt": "true"})
		text := serviceText("web", "", ", type: NodePort")
		apply(t, c, before, text)
		port := getService(t, c, before, "web").Spec.Ports[0].NodePort
		mustKubectl(t, c, "", "label", "namespace", before, "fargate-webhook/exempt-")
		awaitRewriting(t, c, before)
		mustWarn(t, kubectl(t, c, strings.Replace(text, "name: web", "name: web, labels: {edited: 'true'}", 1), "apply", "-n", before, "-f", "-"))
		got := getService(t, c, before, "web")
		if got.Spec.Type != corev1.ServiceTypeNodePort || got.Spec.Ports[0].NodePort != port || got.Labels["edited"] == "" {
			t.Errorf("labels %v, type %s, node port %d; it had %d", got.Labels, got.Spec.Type, got.Spec.Ports[0].NodePort, port)
		}
	})
	t.Run("a doubt", func(t *testing.T) {
		loose := newNamespace(t, c, "fargate-loose-", nil)
		text := strings.Replace(serviceText("web", "", ", type: NodePort"), "run: on-fargate", "app: web", 1)
		mustWarn(t, kubectl(t, c, text, "apply", "-n", loose, "-f", "-"),
			`node-port: this NodePort Service may select pods that run on Fargate, and a Fargate node serves no node ports: Fargate profile "each-test" takes those of its pods that also have the labels run: on-fargate`)
		if got := getService(t, c, loose, "web"); got.Spec.Type != corev1.ServiceTypeNodePort {
			t.Errorf("it was made %s", got.Spec.Type)
		}
	})
}
