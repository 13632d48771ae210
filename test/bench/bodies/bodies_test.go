package bodies

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/clustertest"
)

// The recorded reviews are of the sizes that they are named after, of pods as controllers
// and users create them.
func TestSizes(t *testing.T) {
	for _, s := range Sizes() {
		body := s.Mutate()
		if off := math.Abs(float64(len(body)-s.Bytes)) / float64(s.Bytes); off > 0.04 {
			t.Errorf("the review of %s has %d bytes", s.Name, len(body))
		}
		var review admissionv1.AdmissionReview
		var pod corev1.Pod
		if err := json.Unmarshal(body, &review); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(review.Request.Object.Raw, &pod); err != nil {
			t.Fatal(err)
		}
		if len(pod.Spec.Containers) != s.Containers || len(pod.ManagedFields) == 0 || len(pod.OwnerReferences) == 0 != s.Bare || pod.Spec.Volumes[len(pod.Spec.Volumes)-1].Projected == nil {
			t.Errorf("%s is not a pod of %d containers as a controller creates it", s.Name, s.Containers)
		}
		if pod.Labels[Label] != "" {
			t.Errorf("%s has the label %s", s.Name, Label)
		}
	}
}

// TestRecord records the reviews from the API server, with UPDATE=1. Without it, it compares what the
// API server sends with what was recorded, without what differs each time.
func TestRecord(t *testing.T) {
	clustertest.Needed(t)
	c := clustertest.Start(t, cluster.Options{})
	bodies := make(chan []byte, 100)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var review admissionv1.AdmissionReview
		if err == nil {
			err = json.Unmarshal(body, &review)
		}
		if err != nil {
			t.Error(err)
			return
		}
		select {
		case bodies <- body:
		default: // there are enough
		}
		review.Response, review.Request = &admissionv1.AdmissionResponse{UID: review.Request.UID, Allowed: true}, nil
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(review)
	}))
	defer server.Close()
	register(t, c, server)
	for _, s := range Sizes() {
		body := record(t, c, s, bodies)
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(s.file(), body, 0o600); err != nil {
				t.Fatal(err)
			}
			t.Logf("%s: %d bytes", s.Name, len(body))
			continue
		}
		if now, then := len(body), len(s.Mutate()); math.Abs(float64(now-then)) > 100 {
			t.Errorf("%s: the API server sends %d bytes, recorded were %d: run with UPDATE=1", s.Name, now, then)
		}
	}
}

// register has the API server send reviews of the pods of the namespace.
func register(t *testing.T, c *cluster.Cluster, server *httptest.Server) {
	t.Helper()
	ctx, client := t.Context(), c.Clientset()
	if _, err := client.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: Namespace}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := c.AwaitNamespace(ctx, Namespace); err != nil {
		t.Fatal(err)
	}
	_, err := client.AdmissionregistrationV1().MutatingWebhookConfigurations().Create(ctx, &admissionregistrationv1.MutatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: "recorder"},
		Webhooks: []admissionregistrationv1.MutatingWebhook{{
			Name:         "recorder.example.com",
			ClientConfig: admissionregistrationv1.WebhookClientConfig{URL: new(server.URL), CABundle: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})},
			Rules: []admissionregistrationv1.RuleWithOperations{{
				Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Create},
				Rule:       admissionregistrationv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"pods"}},
			}},
			SideEffects:             new(admissionregistrationv1.SideEffectClassNone),
			AdmissionReviewVersions: []string{"v1"},
		}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

// record returns the review of the first pod of a Deployment of the size that the API server sends.
func record(t *testing.T, c *cluster.Cluster, s Size, bodies <-chan []byte) []byte {
	t.Helper()
	ctx := t.Context()
	template := s.Template()
	deployment := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "shop", Namespace: Namespace},
		Spec:       appsv1.DeploymentSpec{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "shop"}}, Template: template},
	}
	var body []byte
	pod := &corev1.Pod{ObjectMeta: template.ObjectMeta, Spec: template.Spec}
	pod.Name = "shop"
	options := metav1.CreateOptions{FieldManager: "kubectl-run"}
	err := cluster.Await(ctx, time.Minute, "the API server sends a review of "+s.Name, func(ctx context.Context) (err error) {
		pods, deployments := c.Clientset().CoreV1().Pods(Namespace), c.Clientset().AppsV1().Deployments(Namespace)
		if s.Bare {
			_, err = pods.Create(ctx, pod, options)
			defer pods.Delete(ctx, pod.Name, metav1.DeleteOptions{GracePeriodSeconds: new(int64(0))}) //nolint:errcheck // the cluster is stopped
		} else {
			_, err = deployments.Create(ctx, deployment, options)
			defer deployments.Delete(ctx, deployment.Name, metav1.DeleteOptions{}) //nolint:errcheck // the cluster is stopped
		}
		if err != nil {
			return err
		}
		for deadline := time.After(2 * time.Second); ; {
			select {
			case body = <-bodies:
				if bytes.Count(body, []byte(`"terminationMessagePath"`)) == s.Containers && bytes.Contains(body, []byte(`SHOP_SETTING`)) == (s.Env > 0) {
					return nil
				}
			case <-deadline:
				return errors.New("it sends none")
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return body
}
