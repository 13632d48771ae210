package eks

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// WebhookName is the name of EKS's configuration (F2.1). The names of its entries are not known;
// the stand-in has one entry, of the same name.
const WebhookName = "0500-amazon-eks-fargate-mutation.amazonaws.com"

// webhook is EKS's own, which claims pods.
type webhook struct {
	url    string
	bundle []byte
	calls  atomic.Int64
}

// startWebhook serves the webhook. It is registered with the first profile.
func (w *World) startWebhook(ctx context.Context) error {
	certificate, err := newCertificate()
	if err != nil {
		return fmt.Errorf("make a certificate: %w", err)
	}
	secure := func(listener net.Listener) net.Listener {
		return tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
	}
	w.webhook.bundle = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]})
	w.webhook.url, err = w.serve(ctx, "https", http.HandlerFunc(w.admit), secure)
	return err
}

// admit answers an AdmissionReview of a pod.
func (w *World) admit(out http.ResponseWriter, r *http.Request) {
	w.webhook.calls.Add(1)
	var review admissionv1.AdmissionReview
	var pod corev1.Pod
	if err := json.NewDecoder(r.Body).Decode(&review); err != nil || review.Request == nil {
		http.Error(out, "not an AdmissionReview", http.StatusBadRequest)
		return
	}
	if err := json.Unmarshal(review.Request.Object.Raw, &pod); err != nil {
		http.Error(out, "not a pod: "+err.Error(), http.StatusBadRequest)
		return
	}
	review.Response = &admissionv1.AdmissionResponse{UID: review.Request.UID, Allowed: true}
	// Pods of controllers have no namespace in the object yet: that of the request counts (S22).
	if profile := claimant(w.store.list(), review.Request.Namespace, &pod); profile != "" {
		patch, err := json.Marshal(claim(&pod, profile))
		if err != nil {
			http.Error(out, err.Error(), http.StatusInternalServerError)
			return
		}
		kind := admissionv1.PatchTypeJSONPatch
		review.Response.Patch, review.Response.PatchType = patch, &kind
	}
	review.Request = nil
	out.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(out).Encode(review) // it always encodes; an API server that went away gets nothing
}

// configuration returns EKS's registration (F2.2).
func (w *World) configuration() *admissionregistrationv1.MutatingWebhookConfiguration {
	ignore, never, none := admissionregistrationv1.Ignore, admissionregistrationv1.NeverReinvocationPolicy, admissionregistrationv1.SideEffectClassNone
	return &admissionregistrationv1.MutatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: WebhookName},
		Webhooks: []admissionregistrationv1.MutatingWebhook{{
			Name:         WebhookName,
			ClientConfig: admissionregistrationv1.WebhookClientConfig{URL: &w.webhook.url, CABundle: w.webhook.bundle},
			Rules: []admissionregistrationv1.RuleWithOperations{{
				Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Create},
				Rule:       admissionregistrationv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"pods"}},
			}},
			FailurePolicy: &ignore, ReinvocationPolicy: &never, SideEffects: &none,
			TimeoutSeconds: new(int32(5)), AdmissionReviewVersions: []string{"v1"},
		}},
	}
}

// registerWebhook registers the webhook unless it is, and waits until the API server calls it, but
// not for ever.
func (w *World) registerWebhook(ctx context.Context) error {
	client := w.client.AdmissionregistrationV1().MutatingWebhookConfigurations()
	switch _, err := client.Create(ctx, w.configuration(), metav1.CreateOptions{}); {
	case apierrors.IsAlreadyExists(err):
		return nil
	case err != nil:
		return err
	}
	bounded, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	before := w.webhook.calls.Load()
	probe := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "is-eks-called-"},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "c"}}},
	}
	_ = poll(bounded, func() bool { // on EKS it takes its time too (F1.14)
		_, _ = w.client.CoreV1().Pods("default").Create(bounded, probe, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		return w.webhook.calls.Load() > before
	})
	return ctx.Err()
}

// newCertificate returns a certificate for the loopback address that is its own authority.
func newCertificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IsCA: true, BasicConstraintsValid: true,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{certificate}, PrivateKey: key}, err
}
