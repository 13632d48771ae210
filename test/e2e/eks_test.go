package e2e

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"

	admissionv1 "k8s.io/api/admission/v1"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"fargate-webhook/profiles"
	"fargate-webhook/profiles/file"
	"fargate-webhook/test/cluster"
)

// eksName is the configuration of EKS's own webhook (F2.1).
const eksName = "0500-amazon-eks-fargate-mutation.amazonaws.com"

// claim does what EKS's webhook does with a pod as it sees it: if a profile takes it, a patch with the label, the scheduler and the
// priority (F1.1, F1.6, F1.17, F2.5, F2.9). The stand-in knows of no label but those that are on the pod by then.
func claim(pod *corev1.Pod, namespace string, index *profiles.Index) []map[string]any {
	owner := metav1.GetControllerOf(pod)
	if owner != nil && owner.Kind == "DaemonSet" || pod.Annotations["eks.amazonaws.com/compute-type"] == "ec2" {
		return nil
	}
	for _, selector := range index.Selectors(namespace) {
		if pin, ok := pod.Labels["eks.amazonaws.com/fargate-profile"]; ok && pin != selector.Profile || !selector.Matches(pod.Labels) {
			continue
		}
		labels := map[string]string{"eks.amazonaws.com/fargate-profile": selector.Profile}
		maps.Copy(labels, pod.Labels)
		return []map[string]any{
			{"op": "add", "path": "/metadata/labels", "value": labels},
			{"op": "add", "path": "/spec/schedulerName", "value": "fargate-scheduler"},
			{"op": "add", "path": "/spec/priorityClassName", "value": "system-node-critical"},
			{"op": "add", "path": "/spec/priority", "value": 2000001000},
		}
	}
	return nil
}

// runEKS starts the stand-in for EKS's webhook and registers it, with the settings of the real one (F2.2), for namespaces with the
// label eks: "true" only, for the sake of the other tests.
func runEKS(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	list, err := file.New("testdata/profiles.yaml").List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	index := profiles.NewIndex(list)
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
		if patch := claim(&pod, review.Request.Namespace, index); patch != nil {
			review.Response.PatchType = ptr.To(admissionv1.PatchTypeJSONPatch)
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
	client := c.Clientset().AdmissionregistrationV1().MutatingWebhookConfigurations()
	_, err = client.Create(t.Context(), &admissionregistrationv1.MutatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: eksName},
		Webhooks: []admissionregistrationv1.MutatingWebhook{{
			Name: eksName,
			ClientConfig: admissionregistrationv1.WebhookClientConfig{
				URL:      new(server.URL + "/mutate"),
				CABundle: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}),
			},
			Rules: []admissionregistrationv1.RuleWithOperations{{
				Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Create},
				Rule:       admissionregistrationv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"pods"}},
			}},
			NamespaceSelector:       &metav1.LabelSelector{MatchLabels: map[string]string{"eks": "true"}},
			FailurePolicy:           ptr.To(admissionregistrationv1.Ignore),
			ReinvocationPolicy:      ptr.To(admissionregistrationv1.NeverReinvocationPolicy),
			SideEffects:             ptr.To(admissionregistrationv1.SideEffectClassNone),
			TimeoutSeconds:          ptr.To[int32](5),
			AdmissionReviewVersions: []string{"v1"},
		}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Delete(context.WithoutCancel(t.Context()), eksName, metav1.DeleteOptions{}); err != nil {
			t.Error(err)
		}
	})
}

// claimed reports whether EKS has made the pod Fargate's.
func claimed(pod *corev1.Pod) bool {
	return pod.Spec.SchedulerName == "fargate-scheduler" && pod.Labels["eks.amazonaws.com/fargate-profile"] != ""
}
