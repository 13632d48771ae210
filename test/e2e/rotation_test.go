package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/internal/secretpath"
	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/install"
)

const caSecret = "fargate-webhook-ca"

// served returns the certificate that a replica serves with.
func served(ctx context.Context, webhook *install.Webhook) (*x509.Certificate, error) {
	plain, err := (&net.Dialer{}).DialContext(ctx, "tcp", strings.TrimPrefix(webhook.URL, "https://"))
	if err != nil {
		return nil, err
	}
	defer plain.Close()                                                    //nolint:errcheck // nothing was sent
	connection := tls.Client(plain, &tls.Config{InsecureSkipVerify: true}) // it is verified by the caller
	if err := connection.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return connection.ConnectionState().PeerCertificates[0], nil
}

// signedBy returns an error if a certificate is of no CA of a bundle.
func signedBy(certificate *x509.Certificate, bundle []byte) error {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(bundle)
	_, err := certificate.Verify(x509.VerifyOptions{Roots: roots, DNSName: cluster.Loopback})
	return err
}

// handMade returns a CA as somebody makes it by hand, and its key, in PEM.
func handMade(t *testing.T, from time.Duration) (certificate, key []byte) {
	t.Helper()
	made, private := new(issuer).issue(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "by hand"}, NotBefore: time.Now().Add(from), NotAfter: time.Now().Add(48 * time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	})
	return toPEM("CERTIFICATE", made.Raw), keyToPEM(t, private)
}

// accidents are ways in which the Secret of CA and path is replaced while it is in use.
var accidents = []struct {
	name string
	// change returns the Secret as it is written, nil to delete it.
	change func(*testing.T, *corev1.Secret) *corev1.Secret
}{
	{"deleted", func(*testing.T, *corev1.Secret) *corev1.Secret { return nil }},
	{"replaced by hand", func(t *testing.T, s *corev1.Secret) *corev1.Secret {
		t.Helper()
		cert, key := handMade(t, -time.Minute)
		s.Data = map[string][]byte{"ca.crt": cert, "tls.crt": cert, "tls.key": key, "path": []byte(secretpath.New())}
		return s
	}},
	{"replaced by a CA that isn't valid yet", func(t *testing.T, s *corev1.Secret) *corev1.Secret {
		t.Helper()
		cert, key := handMade(t, time.Hour)
		s.Data = map[string][]byte{"ca.crt": cert, "tls.crt": cert, "tls.key": key, "path": []byte(secretpath.New())}
		return s
	}},
	{"with a corrupted key", func(_ *testing.T, s *corev1.Secret) *corev1.Secret { s.Data["tls.key"] = []byte("garbage"); return s }},
	{"restored from an old backup", func(t *testing.T, s *corev1.Secret) *corev1.Secret {
		t.Helper()
		cert, key := handMade(t, -time.Minute)
		s.Data = map[string][]byte{
			"ca.crt": cert, "tls.crt": cert, "tls.key": key, "path": []byte(secretpath.New()),
			"former-ca.crt": s.Data["ca.crt"], "former-path": []byte(secretpath.New()), "replaced": []byte("2020-02-02T02:02:02Z"),
		}
		return s
	}},
	{"emptied", func(_ *testing.T, s *corev1.Secret) *corev1.Secret { s.Data = nil; return s }},
	{"with a corrupted CA and path", func(_ *testing.T, s *corev1.Secret) *corev1.Secret {
		s.Data["ca.crt"], s.Data["path"] = []byte("garbage"), []byte("../..")
		return s
	}},
}

// rotate changes the Secret, and waits until every replica serves with a new CA and the API server
// learns the new path. At each moment in between, what is registered fits what is served.
func (r *replicas) rotate(t *testing.T, change func(*testing.T, *corev1.Secret) *corev1.Secret) {
	t.Helper()
	secrets := r.cluster.Clientset().CoreV1().Secrets(install.Name)
	before, err := secrets.Get(t.Context(), caSecret, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if changed := change(t, before.DeepCopy()); changed == nil {
		err = secrets.Delete(t.Context(), caSecret, metav1.DeleteOptions{})
	} else {
		_, err = secrets.Update(t.Context(), changed, metav1.UpdateOptions{})
	}
	if err != nil {
		t.Fatal(err)
	}
	err = cluster.Await(t.Context(), 4*time.Minute, "every replica serves with the new CA", func(ctx context.Context) error {
		return r.rotated(ctx, t, before)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// rotated returns an error while a replica serves with the CA of before, or the path of before is
// registered.
func (r *replicas) rotated(ctx context.Context, t *testing.T, before *corev1.Secret) error {
	t.Helper()
	now, err := r.cluster.Clientset().CoreV1().Secrets(install.Name).Get(ctx, caSecret, metav1.GetOptions{})
	if err != nil {
		return err
	}
	path := string(now.Data["path"])
	if string(now.Data["ca.crt"]) == string(before.Data["ca.crt"]) || path == string(before.Data["path"]) {
		return errors.New("the Secret has the CA and the path of before")
	}
	for i, webhook := range r.running {
		certificate, err := served(ctx, webhook)
		if err != nil {
			return err
		}
		// The bundle is read later: it only grows.
		if err := signedBy(certificate, registeredClient(ctx, t, r.cluster).CABundle); err != nil {
			return cluster.Stop(fmt.Errorf("replica %d serves what the API server doesn't trust: %w", i, err))
		}
		if err := signedBy(certificate, now.Data["ca.crt"]); err != nil {
			return fmt.Errorf("replica %d: %w", i, err)
		}
	}
	if registeredPath(ctx, t, r.cluster) != path {
		return errors.New("the old path is registered")
	}
	return nil
}

// TestReplicasRotate: whatever happens to the Secret with CA and secret path, and however often
// certificates are renewed, two replicas and the API server change over together: no create fails,
// with failurePolicy Fail.
func TestReplicasRotate(t *testing.T) {
	rotations, leaves, creates := len(accidents), 4, int64(300)
	if soaking() {
		rotations, leaves, creates = 20, 50, 2_000
	}
	r := startReplicas(t, "--shutdown-delay=2s", "--test-certificate-life=15s", "--test-rotation-delay=3s")
	load := startCalls(t, r.cluster, 2, 20*time.Millisecond)
	for i := range rotations {
		r.rotate(t, accidents[i%len(accidents)].change)
		if n := len(load.failed()); n > 0 {
			t.Fatalf("%d creates failed after the Secret was %s: %v", n, accidents[i%len(accidents)].name, load.failed()[0].err)
		}
	}
	const signed = `"serving certificate signed"`
	err := cluster.Await(t.Context(), 20*time.Minute, "enough certificates were signed", func(context.Context) error {
		if n := r.count(signed); n < leaves {
			return fmt.Errorf("%d of %d", n, leaves)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	load.await(t, creates)
	t.Logf("%d rotations of the CA, %d certificates signed by two replicas", rotations, r.count(signed))
	load.end(t, creates)
	r.logLatency(t)
}
