package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/test/cluster"
)

// manifest reads a file of testdata or, by its path from the repository's root, of the examples.
func manifest(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join("testdata", name)
	if strings.HasPrefix(name, "examples/") {
		path = filepath.Join("..", "..", name)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// kubectl runs kubectl as the administrator.
func kubectl(t *testing.T, c *cluster.Cluster, stdin string, args ...string) cluster.Result {
	t.Helper()
	result, err := c.Kubectl(t.Context(), stdin, args...)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// mustKubectl runs kubectl, which must succeed, and returns what it printed.
func mustKubectl(t *testing.T, c *cluster.Cluster, stdin string, args ...string) string {
	t.Helper()
	result := kubectl(t, c, stdin, args...)
	if result.Code != 0 {
		t.Fatalf("kubectl %s: exit code %d\n%s", strings.Join(args, " "), result.Code, result.Stderr)
	}
	return result.Stdout
}

// apply applies a manifest, which must succeed.
func apply(t *testing.T, c *cluster.Cluster, namespace, text string, args ...string) {
	t.Helper()
	mustKubectl(t, c, text, append([]string{"apply", "-n", namespace, "-f", "-"}, args...)...)
}

// mustRefuse checks that kubectl failed and showed each of the texts.
func mustRefuse(t *testing.T, result cluster.Result, wants ...string) {
	t.Helper()
	if result.Code == 0 {
		t.Fatalf("kubectl was not refused: %s", result.Stdout)
	}
	for _, want := range wants {
		if !strings.Contains(result.Stderr, want) {
			t.Errorf("kubectl's message lacks %q:\n%s", want, result.Stderr)
		}
	}
}

// createNamespace makes a namespace and waits until pods can be made there.
func createNamespace(ctx context.Context, c *cluster.Cluster, name string) error {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if _, err := c.Clientset().CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{}); err != nil {
		return err
	}
	return c.AwaitNamespace(ctx, name)
}

// newNamespace makes a namespace whose name starts with prefix and ends at random. A Fargate
// profile of the tests selects those of "fargate-", with the label run: on-fargate, and those of
// "all-", with any labels; none selects those of "ec2-".
func newNamespace(t *testing.T, c *cluster.Cluster, prefix string, labels map[string]string) string {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: prefix, Labels: labels}}
	created, err := c.Clientset().CoreV1().Namespaces().Create(t.Context(), namespace, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.AwaitNamespace(t.Context(), created.Name); err != nil {
		t.Fatal(err)
	}
	return created.Name
}

// getPod reads a pod.
func getPod(t *testing.T, c *cluster.Cluster, namespace, name string) *corev1.Pod {
	t.Helper()
	pod, err := c.Clientset().CoreV1().Pods(namespace).Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return pod
}
