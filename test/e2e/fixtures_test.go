package e2e

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/util/retry"

	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/kinds/lbc"
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

// TestFixtures creates every rule's fixtures: the real API server takes them all but for us, and
// tells whoever created them of the rule. Left to the tests of package fargate are those that can't
// be created as they are, that only another webhook makes so, that are judged under another policy,
// and those of kinds that this cluster lacks.
func TestFixtures(t *testing.T) {
	c, _ := withWebhook(t)
	if err := createNamespace(t.Context(), c, fixtures.Namespace); err != nil {
		t.Fatal(err)
	}
	told := &warnings{}
	client := clientWith(t, c, told)
	minor := minorVersion(t, c)
	for _, f := range fixtures.All() {
		if f.Ephemeral || f.Final || f.Offline || f.JoinsAllowed || f.FargateOnly || f.Old != nil || f.Object.GetObjectKind().GroupVersionKind().Group == lbc.GatewayGroup {
			continue
		}
		t.Run(f.Rule+"/"+f.Name, func(t *testing.T) {
			if f.Since > minor {
				t.Skipf("Kubernetes 1.%d drops what this fixture is about; 1.%d is the first that keeps it", minor, f.Since)
			}
			if len(f.Cluster) == 0 {
				if err := misjudged(t.Context(), t, client, told, &f); err != nil {
					t.Error(err)
				}
				return
			}
			for _, object := range f.Cluster {
				place(t, client, object)
			}
			// The webhook's caches follow the API server.
			if err := cluster.Await(t.Context(), podsDeadline, "the webhook knows the other objects", func(ctx context.Context) error {
				return misjudged(ctx, t, client, told, &f)
			}); err != nil {
				t.Error(err)
			}
		})
	}
}

// minorVersion returns the minor version that the API server has or emulates.
func minorVersion(t *testing.T, c *cluster.Cluster) int {
	t.Helper()
	served, err := c.Clientset().Discovery().ServerVersion()
	if err != nil {
		t.Fatal(err)
	}
	minor, err := strconv.Atoi(cmp.Or(served.EmulationMinor, served.Minor))
	if err != nil {
		t.Fatalf("the API server's minor version: %v", err)
	}
	return minor
}

// misjudged creates a fixture and returns an error if what is said about it is not what is wanted.
func misjudged(ctx context.Context, t *testing.T, client *dynamic.DynamicClient, told *warnings, f *fixtures.Fixture) error {
	t.Helper()
	told.taken()
	err := create(ctx, t, client, f.Object, metav1.DryRunAll)
	all := strings.Join(told.taken(), "\n")
	if err != nil {
		if !strings.Contains(err.Error(), "fargate-webhook explain ") {
			return fmt.Errorf("the API server itself refuses it: %w", err)
		}
		all += "\n" + err.Error()
	}
	if reports(all, f.Rule) != f.Want || !f.Want && err != nil {
		return fmt.Errorf("want the rule told: %v; told:\n%s", f.Want, all)
	}
	return nil
}

// reports returns whether refusals or warnings have a line about a rule.
func reports(texts, rule string) bool {
	return regexp.MustCompile("(?m)(^|^- |Fargate will refuse these pods: )" + rule + ": ").MatchString(texts)
}

// place creates an object with its status, which no controller of the tests' control plane would
// set. One that is there already stays.
func place(t *testing.T, client *dynamic.DynamicClient, object runtime.Object) {
	t.Helper()
	switch err := create(t.Context(), t, client, object); {
	case apierrors.IsAlreadyExists(err):
		return
	case err != nil:
		t.Fatal(err)
	}
	target, u := targetOf(t, client, object)
	status, ok := u.Object["status"]
	if !ok {
		return
	}
	// Controllers write the status of some kinds all the same, maybe just now.
	err := retry.RetryOnConflict(retry.DefaultRetry, func() error {
		placed, err := target.Get(t.Context(), u.GetName(), metav1.GetOptions{})
		if err != nil {
			return err
		}
		placed.Object["status"] = status
		_, err = target.UpdateStatus(t.Context(), placed, metav1.UpdateOptions{})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// clientWith is a client of the administrator's whose warnings go to a handler, and which is not
// held to a rate.
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

// create creates an object of any kind.
func create(ctx context.Context, t *testing.T, client *dynamic.DynamicClient, object runtime.Object, dryRun ...string) error {
	t.Helper()
	target, u := targetOf(t, client, object)
	_, err := target.Create(ctx, u, metav1.CreateOptions{DryRun: dryRun})
	return err
}

// targetOf is an object as it is sent, and where to: the namespace of the fixtures if it has one.
func targetOf(t *testing.T, client *dynamic.DynamicClient, object runtime.Object) (dynamic.ResourceInterface, *unstructured.Unstructured) {
	t.Helper()
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		t.Fatal(err)
	}
	u := &unstructured.Unstructured{Object: content}
	kind, resource := u.GetKind(), client.Resource(resourceOf(u))
	if clusterScoped[kind] {
		return resource, u
	}
	return resource.Namespace(fixtures.Namespace), u
}

// clusterScoped are the kinds of fixtures whose objects belong to no namespace.
var clusterScoped = map[string]bool{"PersistentVolume": true, "PriorityClass": true, "RuntimeClass": true, "IngressClass": true, "GatewayClass": true}

// resourceOf returns what an object's kind is served as.
func resourceOf(u *unstructured.Unstructured) schema.GroupVersionResource {
	kind := u.GroupVersionKind()
	plural := strings.ToLower(kind.Kind) + "s"
	if strings.HasSuffix(kind.Kind, "s") {
		plural = strings.ToLower(kind.Kind) + "es"
	}
	if stem, ok := strings.CutSuffix(kind.Kind, "y"); ok && !strings.HasSuffix(stem, "a") {
		plural = strings.ToLower(stem) + "ies"
	}
	return schema.GroupVersionResource{Group: kind.Group, Version: kind.Version, Resource: plural}
}
