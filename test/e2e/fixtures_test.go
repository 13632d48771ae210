package e2e

import (
	"strings"
	"sync"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/test/cluster"
)

// warnings collects what the API server warns of.
type warnings struct {
	mutex sync.Mutex
	texts []string
}

func (w *warnings) HandleWarningHeader(_ int, _, text string) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.texts = append(w.texts, text)
}

// taken returns the warnings since it was last asked.
func (w *warnings) taken() []string {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	texts := w.texts
	w.texts = nil
	return texts
}

// TestFixtures creates every rule's fixtures: the real API server takes them all but for us, and tells whoever created them of the rule.
// Those that can't be created as they are, or that only another webhook makes so, are left to the tests of package fargate, and Jobs too,
// about which the API server doesn't ask.
func TestFixtures(t *testing.T) {
	c, _ := withWebhook(t)
	if err := createNamespace(t.Context(), c, fixtures.Namespace); err != nil {
		t.Fatal(err)
	}
	told := &warnings{}
	client := clientWith(t, c, told)
	for _, f := range fixtures.All() {
		if f.Ephemeral || f.Final || f.Rule == "job-ttl" {
			continue
		}
		t.Run(f.Rule+"/"+f.Name, func(t *testing.T) {
			for _, object := range f.Cluster {
				if err := create(t, client, object); err != nil && !apierrors.IsAlreadyExists(err) {
					t.Fatal(err)
				}
			}
			told.taken()
			err := create(t, client, f.Object, metav1.DryRunAll)
			all := strings.Join(told.taken(), "\n")
			if err != nil {
				if !strings.Contains(err.Error(), "fargate-webhook denied it: ") {
					t.Fatalf("the API server itself refuses it: %v", err)
				}
				all += "\n" + err.Error()
			}
			if strings.Contains(all, "["+f.Rule+"]") != f.Want || !f.Want && err != nil {
				t.Errorf("want the rule told: %v; told:\n%s", f.Want, all)
			}
		})
	}
}

// clientWith is a client of the administrator's whose warnings go to a handler, and which is not held to a rate.
func clientWith(t *testing.T, c *cluster.Cluster, handler *warnings) *dynamic.DynamicClient {
	t.Helper()
	config := c.Config()
	config.WarningHandler, config.QPS = handler, -1
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// create creates an object of any kind, in the namespace of the fixtures if it has one.
func create(t *testing.T, client *dynamic.DynamicClient, object runtime.Object, dryRun ...string) error {
	t.Helper()
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		t.Fatal(err)
	}
	u := &unstructured.Unstructured{Object: content}
	kind := u.GroupVersionKind()
	plural := strings.ToLower(kind.Kind) + "s"
	if strings.HasSuffix(kind.Kind, "s") {
		plural = strings.ToLower(kind.Kind) + "es"
	}
	resource := client.Resource(schema.GroupVersionResource{Group: kind.Group, Version: kind.Version, Resource: plural})
	var target dynamic.ResourceInterface = resource.Namespace(fixtures.Namespace)
	if kind.Kind == "PersistentVolume" || kind.Kind == "RuntimeClass" {
		target = resource
	}
	_, err = target.Create(t.Context(), u, metav1.CreateOptions{DryRun: dryRun})
	return err
}
