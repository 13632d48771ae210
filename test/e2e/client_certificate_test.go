package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/clustertest"
	"fargate-webhook/test/cluster/install"
)

// issuer signs client certificates.
type issuer struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	made := new(issuer)
	made.certificate, made.key = made.issue(t, &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	return made
}

// issue signs a certificate for a new key. The first is the issuer's own.
func (i *issuer) issue(t *testing.T, template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, parent := i.key, i.certificate
	if signer == nil {
		signer, parent = key, template
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	if template.NotAfter.IsZero() {
		template.NotAfter = time.Now().Add(time.Hour)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate, key
}

// client issues a client certificate and its key, in PEM.
func (i *issuer) client(t *testing.T, name string) (certificate, key []byte) {
	t.Helper()
	made, private := i.issue(t, &x509.Certificate{Subject: pkix.Name{CommonName: name}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	return toPEM("CERTIFICATE", made.Raw), keyToPEM(t, private)
}

func keyToPEM(t *testing.T, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return toPEM("EC PRIVATE KEY", der)
}

func toPEM(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func writeFile(t *testing.T, dir, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// admissionConfig has the API server present a client certificate to every webhook.
func admissionConfig(t *testing.T, dir string, certificate, key []byte) string {
	t.Helper()
	credentials := writeFile(t, dir, "webhooks.kubeconfig", fmt.Appendf(nil, `apiVersion: v1
kind: Config
users:
  - name: "*"
    user: {client-certificate: %q, client-key: %q}
`, writeFile(t, dir, "client.crt", certificate), writeFile(t, dir, "client.key", key)))
	text := "apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\nplugins:\n"
	for _, plugin := range []string{"ValidatingAdmissionWebhook", "MutatingAdmissionWebhook"} {
		text += fmt.Sprintf("  - name: %s\n    configuration: {apiVersion: apiserver.config.k8s.io/v1, kind: WebhookAdmissionConfiguration, kubeConfigFile: %q}\n", plugin, credentials)
	}
	return writeFile(t, dir, "admission.yaml", []byte(text))
}

// handshake makes a TLS connection with a client certificate, or none, and reads from it: with TLS
// 1.3 a server refuses a certificate after the client's part of the handshake.
func handshake(t *testing.T, webhook *install.Webhook, bundle, certificate, key []byte) error {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(bundle)
	config := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	if certificate != nil {
		pair, err := tls.X509KeyPair(certificate, key)
		if err != nil {
			t.Fatal(err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	connection, err := (&tls.Dialer{Config: config}).DialContext(t.Context(), "tcp", strings.TrimPrefix(webhook.URL, "https://"))
	if err != nil {
		return err
	}
	defer connection.Close() //nolint:errcheck // nothing is written that could be lost
	if _, err := connection.Write([]byte("GET / HTTP/1.1\r\nHost: webhook\r\nConnection: close\r\n\r\n")); err != nil {
		return err
	}
	_, err = connection.Read(make([]byte, 1))
	return err
}

// TestClientCertificate: where API servers have client certificates, the port is closed to all
// others, and audit lines say so.
func TestClientCertificate(t *testing.T) {
	clustertest.Needed(t)
	inParallel(t)
	if err := built.once(); err != nil {
		t.Fatal(err)
	}
	dir, authority := t.TempDir(), newIssuer(t)
	certificate, key := authority.client(t, "kube-apiserver")
	c := clustertest.Start(t, cluster.Options{
		APIServerArgs: []string{"--admission-control-config-file=" + admissionConfig(t, dir, certificate, key)},
	})
	if err := install.Rights(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if err := createNamespace(t.Context(), c, "apps"); err != nil {
		t.Fatal(err)
	}
	webhook, err := install.Start(t.Context(), c, install.Options{Binary: built.path(), Args: append(profilesArgs(t), "--shutdown-delay=0s",
		"--client-ca-file="+writeFile(t, dir, "ca.crt", toPEM("CERTIFICATE", authority.certificate.Raw)), "--client-allowed-names=kube-apiserver")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := webhook.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := webhook.AwaitAdmission(t.Context(), c, "apps"); err != nil {
		t.Fatal(err)
	}
	namespace := newNamespace(t, c, "all-", nil)
	mustRefuse(t, kubectl(t, c, privilegedPod, "-n", namespace, "create", "-f", "-"), "privileged: container ")
	if line := awaitAudit(t, webhook, namespace, 1)[0]; line.Caller != "client-certificate" {
		t.Errorf("the audit line is %+v", line)
	}
	bundle := registeredClient(t.Context(), t, c).CABundle
	kubelet, kubeletKey := authority.client(t, "kubelet")
	stranger, strangerKey := newIssuer(t).client(t, "kube-apiserver")
	for name, presented := range map[string][2][]byte{"none": {}, "of another name": {kubelet, kubeletKey}, "of another CA": {stranger, strangerKey}} {
		if err := handshake(t, webhook, bundle, presented[0], presented[1]); err == nil {
			t.Errorf("a client certificate %s gets an answer", name)
		}
	}
	if err := handshake(t, webhook, bundle, certificate, key); err != nil {
		t.Errorf("the API server's client certificate: %v", err)
	}
}
