package e2e

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"

	"fargate-webhook/test/cluster"
)

// TestCertificateExpires: a certificate in files that nobody renews is reported by metric and event,
// makes the replica unready once it has expired, blocks creates for half a minute at most, and is
// replaced without a restart.
func TestCertificateExpires(t *testing.T) {
	f := own.take(t, true)
	c := f.cluster
	folder, signer := t.TempDir(), newIssuer(t)
	put := func(life time.Duration) *x509.Certificate {
		made, key := signer.issue(t, &x509.Certificate{
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(life), IPAddresses: []net.IP{net.ParseIP(cluster.Loopback)},
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		})
		writeFile(t, folder, "ca.crt", toPEM("CERTIFICATE", signer.certificate.Raw))
		writeFile(t, folder, "tls.key", keyToPEM(t, key))
		writeFile(t, folder, "tls.crt", toPEM("CERTIFICATE", made.Raw))
		return made
	}
	late := put(20 * time.Second)
	f.run(t, append(profilesArgs(t), "--cert-dir="+folder, "--shutdown-delay=0s"), nil)
	webhook := f.webhook
	metric := func(of *x509.Certificate) string {
		return fmt.Sprintf("fargate_webhook_certificate_expiry_timestamp_seconds{certificate=\"serving\"} %v", float64(of.NotAfter.Unix()))
	}
	exported := func(context.Context) (string, error) {
		return page(t, webhook.Metrics+"/metrics"), nil //nolint:contextcheck // it has the test's, which ends later
	}
	await(t, "the metric says when it expires", exported, metric(late))
	awaitNote(t, c, "CertificateExpiring", "serving certificate expires")
	err := cluster.Await(t.Context(), time.Minute, "it is unready once the certificate has expired", func(ctx context.Context) error {
		code, err := readiness(ctx, webhook)
		if err == nil && code == http.StatusOK {
			err = errors.New("it is ready")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if time.Now().Before(late.NotAfter) {
		t.Error("it was unready before the certificate expired")
	}
	awaitNote(t, c, "CertificateExpired", "")
	awaitFailurePolicy(t, c, admissionregistrationv1.Ignore) // no replica answers: creates must not wait for it
	renewed := put(time.Hour)
	await(t, "the metric says when the new one expires", exported, metric(renewed))
	awaitNote(t, c, "CertificateRenewed", "")
	awaitFailurePolicy(t, c, admissionregistrationv1.Fail)
	if err := webhook.AwaitAdmission(t.Context(), c, "apps"); err != nil {
		t.Error(err)
	}
}
