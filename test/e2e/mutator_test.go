package e2e

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	admissionv1 "k8s.io/api/admission/v1"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/test/cluster"
)

// mutator is somebody else's webhook for the creation of pods, in namespaces with a label only, for
// the sake of the other tests.
type mutator struct {
	name          string // of the configuration: webhooks are asked in the order of these names
	label         string // that a namespace has with the value true
	failurePolicy admissionregistrationv1.FailurePolicyType
	again         bool // asked once more when another has changed the pod after it
	// patch returns the JSON Patch for a pod; nil for none. It is called at several times at once.
	patch func(pod *corev1.Pod, namespace string) []map[string]any
}

// run serves the webhook and registers it until the test has ended.
func (m mutator) run(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var review admissionv1.AdmissionReview
		var pod corev1.Pod
		if err := json.NewDecoder(r.Body).Decode(&review); err != nil {
			t.Error(err)
			return
		}
		if err := json.Unmarshal(review.Request.Object.Raw, &pod); err != nil {
			t.Error(err)
			return
		}
		review.Response = &admissionv1.AdmissionResponse{UID: review.Request.UID, Allowed: true}
		if patch := m.patch(&pod, review.Request.Namespace); patch != nil {
			var err error
			review.Response.PatchType = new(admissionv1.PatchTypeJSONPatch)
			if review.Response.Patch, err = json.Marshal(patch); err != nil {
				t.Error(err)
			}
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(review); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	m.register(t, c, server.URL+"/mutate", server.Certificate().Raw)
}

// register has the API server ask the webhook at url, whose certificate is its own authority.
func (m mutator) register(t *testing.T, c *cluster.Cluster, url string, certificate []byte) {
	t.Helper()
	reinvocation := admissionregistrationv1.NeverReinvocationPolicy
	if m.again {
		reinvocation = admissionregistrationv1.IfNeededReinvocationPolicy
	}
	client := c.Clientset().AdmissionregistrationV1().MutatingWebhookConfigurations()
	_, err := client.Create(t.Context(), &admissionregistrationv1.MutatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: m.name},
		Webhooks: []admissionregistrationv1.MutatingWebhook{{
			Name: "pods." + m.name + ".example.com",
			ClientConfig: admissionregistrationv1.WebhookClientConfig{
				URL:      new(url),
				CABundle: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}),
			},
			Rules: []admissionregistrationv1.RuleWithOperations{{
				Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Create},
				Rule:       admissionregistrationv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"pods"}},
			}},
			NamespaceSelector:       &metav1.LabelSelector{MatchLabels: map[string]string{m.label: "true"}},
			FailurePolicy:           new(m.failurePolicy),
			ReinvocationPolicy:      &reinvocation,
			SideEffects:             new(admissionregistrationv1.SideEffectClassNone),
			TimeoutSeconds:          new(int32(5)),
			AdmissionReviewVersions: []string{"v1"},
		}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Delete(context.WithoutCancel(t.Context()), m.name, metav1.DeleteOptions{}); err != nil {
			t.Error(err)
		}
	})
}

// awaitMutator waits until the API server asks a webhook: until what is made of the probe, in a dry
// run, shows it.
func awaitMutator(t *testing.T, c *cluster.Cluster, namespace, name string, probe *corev1.Pod, shows func(*corev1.Pod) bool) {
	t.Helper()
	err := cluster.Await(t.Context(), podsDeadline, "the API server asks "+name, func(ctx context.Context) error {
		pod, err := c.Clientset().CoreV1().Pods(namespace).Create(ctx, probe, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		if err == nil && !shows(pod) {
			err = errors.New("a pod does not show it")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// probePod is a pod that a profile of the tests takes as it is.
func probePod() *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "is-it-asked", Labels: map[string]string{"run": "on-fargate"}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "c"}}},
	}
}
