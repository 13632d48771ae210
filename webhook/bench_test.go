package webhook

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	ctrladmission "sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/sizing"
	"fargate-webhook/policy"
	"fargate-webhook/webhook/audit"
)

// fiveContainers returns the review of a pod that lacks its label and resources.
func fiveContainers(b *testing.B) string {
	b.Helper()
	pod := corev1.Pod{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{GenerateName: "web-5d9c7b-", Labels: map[string]string{"app": "web"}},
	}
	for _, name := range []string{"web", "proxy", "logs", "metrics", "config"} {
		pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{
			Name: name, Image: "registry.example/" + name + ":1", Command: []string{"/bin/" + name, "--flag=value"},
			Env:          []corev1.EnvVar{{Name: "ONE", Value: "1"}, {Name: "TWO", Value: "2"}},
			VolumeMounts: []corev1.VolumeMount{{Name: "token", MountPath: "/var/run/secrets/kubernetes.io/serviceaccount", ReadOnly: true}},
		})
	}
	raw, err := json.Marshal(pod)
	if err != nil {
		b.Fatal(err)
	}
	body, err := json.Marshal(admissionv1.AdmissionReview{
		TypeMeta: metav1.TypeMeta{APIVersion: "admission.k8s.io/v1", Kind: "AdmissionReview"},
		Request: &admissionv1.AdmissionRequest{
			UID: "u1", Kind: metav1.GroupVersionKind{Version: "v1", Kind: "Pod"}, Resource: metav1.GroupVersionResource{Version: "v1", Resource: "pods"},
			Namespace: "apps", Operation: admissionv1.Create, Object: runtime.RawExtension{Raw: raw},
		},
	})
	if err != nil {
		b.Fatal(err)
	}
	return string(body)
}

// serveAll sends the same body, which is admitted, over and over.
func serveAll(b *testing.B, handler http.Handler, path, body string) {
	b.Helper()
	serveEach(b, handler, path, body, `"allowed":true`)
}

// serveEach sends the same body over and over, and checks what the answers contain.
func serveEach(b *testing.B, handler http.Handler, path, body, want string) {
	b.Helper()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			b.Fatal(w.Body)
		}
	}
}

// BenchmarkReview answers reviews of a pod with five containers. Its baseline is the usual webhook
// on controller-runtime: decode the review, decode the object, and compare its JSON before and
// after the same change.
func BenchmarkReview(b *testing.B) {
	log, err := audit.Open(audit.Options{})
	if err != nil {
		b.Fatal(err)
	}
	known := testProfiles(b)
	own := Handlers(Dependencies{Profiles: known, Policy: policy.Default(), Audit: log, Logger: zap.NewNop()})
	body := fiveContainers(b)
	b.Run("mutate", func(b *testing.B) { serveAll(b, own[mutatePods], mutatePods, body) })
	admitted := admittedReview(b, own[mutatePods], body)
	b.Run("validate", func(b *testing.B) { serveAll(b, own[validatePods], validatePods, admitted) })

	scheme := runtime.NewScheme()
	if err := corev1.AddToScheme(scheme); err != nil {
		b.Fatal(err)
	}
	share := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("50m"), corev1.ResourceMemory: resource.MustParse("51Mi")}
	usual := &ctrladmission.Webhook{Handler: &decodeAndCompare{decoder: ctrladmission.NewDecoder(scheme), profiles: known, share: share}}
	b.Run("mutate-baseline", func(b *testing.B) { serveAll(b, usual, mutatePods, body) })
}

// BenchmarkRefusal answers reviews of a pod that is refused, without an audit log and with one.
func BenchmarkRefusal(b *testing.B) {
	body := readFile(b, "testdata/validate/pod-broken-pin/request.json")
	for name, options := range map[string]audit.Options{
		"no-log": {},
		"file":   {Path: filepath.Join(b.TempDir(), "audit.log"), MaxSize: 100, MaxBackup: 1},
		"folded": {Path: filepath.Join(b.TempDir(), "folded.log"), MaxSize: 100, MaxBackup: 1, Fold: time.Minute},
	} {
		log, err := audit.Open(options)
		if err != nil {
			b.Fatal(err)
		}
		handlers := Handlers(Dependencies{Profiles: testProfiles(b), Policy: policy.Default(), Audit: log, Logger: zap.NewNop()})
		b.Run(name, func(b *testing.B) { serveEach(b, handlers[validatePods], validatePods, body, `"allowed":false`) })
		if err := log.Close(); err != nil {
			b.Error(err)
		}
	}
}

// decodeAndCompare makes the same decision, and computes its patch by comparison.
type decodeAndCompare struct {
	decoder  ctrladmission.Decoder
	profiles Profiles
	// share is what each container gets.
	share corev1.ResourceList
}

func (d *decodeAndCompare) Handle(_ context.Context, req ctrladmission.Request) ctrladmission.Response {
	pod := &corev1.Pod{}
	if err := d.decoder.Decode(req, pod); err != nil {
		return ctrladmission.Errored(http.StatusBadRequest, err)
	}
	p := policy.Default()
	decision := fargate.Decide(pod, fargate.Request{Operation: fargate.OperationCreate, Namespace: req.Namespace}, d.profiles.Index(), &p)
	maps.Copy(pod.Labels, decision.Placement.Labels)
	for i := range pod.Spec.Containers {
		pod.Spec.Containers[i].Resources = corev1.ResourceRequirements{Requests: d.share.DeepCopy(), Limits: d.share.DeepCopy()}
	}
	pod.Annotations = map[string]string{sizing.RecordAnnotation: strings.Repeat(`{"web":{"set":{"cpu":"50m","memory":"51Mi"}}}`, 5)}
	changed, err := json.Marshal(pod)
	if err != nil {
		return ctrladmission.Errored(http.StatusInternalServerError, err)
	}
	return ctrladmission.PatchResponseFromRaw(req.Object.Raw, changed)
}
