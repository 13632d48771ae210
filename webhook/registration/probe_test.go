package registration

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	reviewv1 "k8s.io/api/admission/v1"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"fargate-webhook/internal/kube/kubetest"
)

const called = `failed calling webhook "probe.validate.fargate-webhook": failed to call webhook: Post "https://h.svc:443/probe?timeout=5s": `

// Only the webhook's own refusal proves that it was called, and what is said else is no more than
// the API server says.
func TestArrival(t *testing.T) {
	refusal := apierrors.NewForbidden(corev1.Resource("configmaps"), ProbeName, nil)
	refusal.ErrStatus.Message = `admission webhook "probe.validate.fargate-webhook" denied the request: ` + probeAnswer
	internal := func(text string) error { return apierrors.NewInternalError(errors.New(text)) }
	for name, c := range map[string]struct {
		answer error
		want   string // a part of the reason
		not    string // what it must not say
	}{
		"our refusal":              {refusal, "", ""},
		"no refusal":               {nil, "without calling the webhook", "security group"},
		"no connection":            {internal(called + "dial tcp 10.0.0.7:9443: i/o timeout"), "the control plane can't reach port 9443: check the security group", "either"},
		"refused connection":       {internal(called + "dial tcp 10.0.0.7:9443: connect: connection refused"), "can't reach port 9443", "either"},
		"time out":                 {internal(called + "context deadline exceeded"), "either the control plane can't reach port 9443 (check the security group", ""},
		"another CA":               {internal(called + "tls: failed to verify certificate: x509: certificate signed by unknown authority"), "CA bundle must match", "security group"},
		"no endpoint":              {internal(strings.ReplaceAll(called, "Post", "no endpoints available for service")), "no endpoints available", "security group"},
		"no right to ask":          {apierrors.NewForbidden(corev1.Resource("configmaps"), ProbeName, errors.New("no")), "refused before it got to the webhook", "security group"},
		"no namespace":             {apierrors.NewNotFound(corev1.Resource("namespaces"), "own"), "refused before it got to the webhook", "security group"},
		"the text from elsewhere":  {apierrors.NewForbidden(corev1.Resource("configmaps"), ProbeName, errors.New(probeAnswer)), "refused before it got to the webhook", ""},
		"another webhook is down":  {internal(`failed calling webhook "other.example.com": down`), "-", ""},
		"the API server is down":   {errors.New("connection refused"), "-", ""},
		"the API server is strict": {apierrors.NewTooManyRequests("later", 1), "-", ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := arrival(c.answer, 9443)
			problem := (*unprovenError)(nil)
			switch known := errors.As(err, &problem); {
			case c.want == "":
				if err != nil {
					t.Error(err)
				}
			case c.want == "-":
				if err == nil || known {
					t.Errorf("%v says something about the webhook", err)
				}
			case strings.Contains(err.Error(), "/probe"):
				t.Errorf("%v has the path", err)
			case !known || !strings.Contains(err.Error(), c.want) || c.not != "" && strings.Contains(err.Error(), c.not):
				t.Errorf("got %v, want %q, not %q", err, c.want, c.not)
			}
		})
	}
}

// The probe stores nothing, and is one request.
func TestProberIsADryRun(t *testing.T) {
	client := kubetest.NewClient()
	client.PrependReactor("patch", "configmaps", func(action clienttesting.Action) (bool, runtime.Object, error) {
		patch, ok := action.(clienttesting.PatchActionImpl)
		if !ok || len(patch.PatchOptions.DryRun) != 1 || patch.PatchOptions.DryRun[0] != metav1.DryRunAll || patch.Name != ProbeName || patch.Namespace != "own" {
			t.Errorf("%+v is no dry run", action)
		}
		return true, &corev1.ConfigMap{}, nil
	})
	if err := Prober(client, "own", 9443)(t.Context()); err == nil || len(client.Actions()) != 1 {
		t.Errorf("%v after %d requests", err, len(client.Actions()))
	}
}

// sendProbe sends a body to the handler. It returns the status code, the body, and whether the
// connection ends.
func sendProbe(t *testing.T, body []byte) (code int, answer []byte, closes bool) {
	t.Helper()
	server := httptest.NewServer(ProbeHandler())
	defer server.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // read to its end
	answer, err = io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, answer, response.Close
}

// The handler refuses the probe and nothing else, and each probe gets a connection of its own.
func TestProbeHandler(t *testing.T) {
	for name, c := range map[string]struct {
		request *reviewv1.AdmissionRequest
		allowed bool
	}{
		"the probe":      {&reviewv1.AdmissionRequest{UID: "1", Name: ProbeName, DryRun: new(true)}, false},
		"no dry run":     {&reviewv1.AdmissionRequest{UID: "1", Name: ProbeName}, true},
		"another object": {&reviewv1.AdmissionRequest{UID: "1", Name: "other", DryRun: new(true)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			body, err := json.Marshal(reviewv1.AdmissionReview{TypeMeta: metav1.TypeMeta{APIVersion: "admission.k8s.io/v1", Kind: "AdmissionReview"}, Request: c.request})
			if err != nil {
				t.Fatal(err)
			}
			_, answer, closes := sendProbe(t, body)
			var review reviewv1.AdmissionReview
			if err := json.Unmarshal(answer, &review); err != nil {
				t.Fatal(err)
			}
			if review.Response == nil || review.Response.UID != "1" || review.Response.Allowed != c.allowed || !closes || review.Kind != "AdmissionReview" {
				t.Errorf("%+v, close %v", review.Response, closes)
			}
		})
	}
	for name, body := range map[string]string{"empty": "", "no request": "{}", "large": `{"a":"` + strings.Repeat("a", maxProbe) + `"}`, "nested": strings.Repeat("[", maxProbe)} {
		if code, _, _ := sendProbe(t, []byte(body)); code != http.StatusBadRequest {
			t.Errorf("%s: %d", name, code)
		}
	}
}

// FuzzProbeHandler: no body makes the handler panic, or admit the probe.
func FuzzProbeHandler(f *testing.F) {
	f.Add([]byte(`{"request":{"uid":"1","name":"fargate-webhook-probe","dryRun":true}}`))
	f.Add([]byte(`{"request":{}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		recorder := httptest.NewRecorder()
		request := httptest.NewRequestWithContext(context.Background(), http.MethodPost, ProbePath, bytes.NewReader(body))
		ProbeHandler().ServeHTTP(recorder, request)
		if recorder.Code != http.StatusOK && recorder.Code != http.StatusBadRequest {
			t.Errorf("code %d", recorder.Code)
		}
	})
}

// The configuration of the probe gets one object's dry runs, in the webhook's own namespace.
func TestProbeConfiguration(t *testing.T) {
	options := serviceOptions()
	options.Namespace = "own"
	var configuration admissionv1.ValidatingWebhookConfiguration
	read(t, Probe(options, nil, []byte("CA")), &configuration)
	hook := configuration.Webhooks[0]
	if selector := hook.NamespaceSelector.MatchLabels; len(configuration.Webhooks) != 1 || len(selector) != 1 || selector[corev1.LabelMetadataName] != "own" {
		t.Errorf("%d webhooks, selector %v", len(configuration.Webhooks), selector)
	}
	if rule := hook.Rules[0]; len(hook.Rules) != 1 || rule.Resources[0] != "configmaps" || len(rule.Resources) != 1 || len(rule.Operations) != 1 {
		t.Errorf("rules %v", hook.Rules)
	}
	if *hook.ClientConfig.Service.Path != ProbePath || string(hook.ClientConfig.CABundle) != "CA" {
		t.Errorf("client %v", hook.ClientConfig)
	}
}
