package cluster_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"go.uber.org/goleak"

	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/clustertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestCluster(t *testing.T) {
	clustertest.Needed(t)
	c, err := cluster.Start(t.Context(), cluster.Options{Log: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	stopped := false
	t.Cleanup(func() {
		if !stopped {
			if err := c.Stop(); err != nil {
				t.Error(err)
			}
		}
	})
	t.Run("version", func(t *testing.T) {
		want, err := cluster.Version()
		if err != nil {
			t.Fatal(err)
		}
		if out := kubectl(t, c, "version"); !strings.Contains(out, "Client Version: "+want) || !strings.Contains(out, "Server Version: "+want) {
			t.Errorf("kubectl version printed\n%s\nwant %s for both", out, want)
		}
	})
	t.Run("controllers", func(t *testing.T) { checkControllers(t, c) })
	t.Run("service account", func(t *testing.T) { checkServiceAccount(t, c) })
	t.Run("refusal", func(t *testing.T) {
		result, err := c.Kubectl(t.Context(), "kind: Nonsense\napiVersion: v1\n", "apply", "-f", "-")
		if err != nil || result.Code != 1 || !strings.Contains(result.Stderr, "Nonsense") {
			t.Errorf("kubectl gave %+v, %v; want code 1", result, err)
		}
	})
	t.Run("stop", func(t *testing.T) {
		exited := c.Exited()
		stopped = true
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
		<-exited
		if _, err := c.Clientset().Discovery().ServerVersion(); err == nil {
			t.Error("the API server still answers")
		}
		if _, err := os.Stat(c.Dir()); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s still exists: %v", c.Dir(), err)
		}
	})
}

// checkControllers creates a Deployment and waits for its pod, which needs three controllers and a
// ServiceAccount.
func checkControllers(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	kubectl(t, c, "create", "namespace", "checked")
	if err := c.AwaitNamespace(t.Context(), "checked"); err != nil {
		t.Fatal(err)
	}
	kubectl(t, c, "--namespace=checked", "create", "deployment", "web", "--image=example.org/web")
	err := cluster.Await(t.Context(), time.Minute, "the Deployment has its pod", func(ctx context.Context) error {
		pods, err := c.Clientset().CoreV1().Pods("checked").List(ctx, metav1.ListOptions{LabelSelector: "app=web"})
		if err == nil && len(pods.Items) != 1 {
			err = errors.New("no pod")
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// checkServiceAccount calls the API server as a ServiceAccount that may only list pods.
func checkServiceAccount(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	role := &rbacv1.ClusterRole{
		ObjectMeta: metav1.ObjectMeta{Name: "reader"},
		Rules:      []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: []string{"list"}}},
	}
	if _, err := c.Clientset().RbacV1().ClusterRoles().Create(t.Context(), role, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	kubectl(t, c, "create", "clusterrolebinding", "reader", "--clusterrole=reader", "--serviceaccount=default:default")
	kubeconfig, err := c.KubeconfigFor(t.Context(), "default", "default")
	if err != nil {
		t.Fatal(err)
	}
	if result, err := c.KubectlAs(t.Context(), kubeconfig, "", "get", "pods"); err != nil || result.Code != 0 {
		t.Errorf("get pods: %+v, %v", result, err)
	}
	result, err := c.KubectlAs(t.Context(), kubeconfig, "", "get", "secrets")
	if err != nil || result.Code != 1 || !strings.Contains(result.Stderr, `User "system:serviceaccount:default:default" cannot list resource "secrets"`) {
		t.Errorf("get secrets: %+v, %v; want Forbidden", result, err)
	}
	if _, err := c.KubeconfigFor(t.Context(), "default", "none"); err == nil || !strings.Contains(err.Error(), "default/none") {
		t.Errorf("missing ServiceAccount: %v; want an error that names it", err)
	}
}

func kubectl(t *testing.T, c *cluster.Cluster, args ...string) string {
	t.Helper()
	result, err := c.Kubectl(t.Context(), "", args...)
	if err != nil || result.Code != 0 {
		t.Fatalf("kubectl %s: %+v, %v", strings.Join(args, " "), result, err)
	}
	return result.Stdout
}

func TestStartSaysWhatFailed(t *testing.T) {
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, test := range map[string]struct {
		ctx    context.Context
		script string
		want   []string
	}{
		"ends at once":  {t.Context(), "#!/bin/sh\necho no luck today >&2\nexit 4\n", []string{"exited (exit status 4)", "no luck today"}},
		"not a program": {t.Context(), "\x00", []string{"start ", "etcd"}},
		"interrupted":   {canceled, "#!/bin/sh\nexec sleep 60\n", []string{"context canceled"}},
	} {
		t.Run(name, func(t *testing.T) {
			bin := t.TempDir()
			temp, err := os.MkdirTemp("", "start") //nolint:usetesting // its paths are too long for Unix sockets on some systems
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.RemoveAll(temp) })
			t.Setenv("TMPDIR", temp)
			for _, program := range []string{"etcd", "kube-apiserver", "kube-controller-manager", "kubectl"} {
				if err := os.WriteFile(filepath.Join(bin, program), []byte(test.script), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			c, err := cluster.Start(test.ctx, cluster.Options{BinDir: bin})
			if err == nil {
				t.Fatalf("started %v", c)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q lacks %q", err, want)
				}
			}
			if left, err := os.ReadDir(temp); err != nil || len(left) != 0 {
				t.Errorf("left in the temporary directory: %v, %v", left, err)
			}
		})
	}
	if _, err := cluster.Start(t.Context(), cluster.Options{BinDir: t.TempDir()}); !errors.Is(err, cluster.ErrNotBuilt) {
		t.Errorf("without programs: %v; want ErrNotBuilt", err)
	}
}
