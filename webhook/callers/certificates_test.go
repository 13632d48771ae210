package callers

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
)

// pair is a certificate with its key.
type pair struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func (p pair) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.certificate.Raw}))
}

// issue signs a certificate, by itself if there is no parent.
func issue(t *testing.T, parent *pair, template *x509.Certificate) pair {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber, template.NotAfter = big.NewInt(1), time.Now().Add(time.Hour)
	signer := pair{template, key}
	if parent != nil {
		signer = *parent
	}
	der, err := x509.CreateCertificate(rand.Reader, template, signer.certificate, key.Public(), signer.key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return pair{parsed, key}
}

func authority(t *testing.T) pair {
	t.Helper()
	return issue(t, nil, &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
}

// client issues a client certificate.
func client(t *testing.T, ca pair, name string, dnsNames ...string) *pair {
	t.Helper()
	made := issue(t, &ca, &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, DNSNames: dnsNames, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	return &made
}

// call sends a request to a server behind a Guard, and returns the proof that it got, or an error.
func call(t *testing.T, certificates *Certificates, presented *pair) (string, error) {
	t.Helper()
	guard := &Guard{Logger: zap.NewNop()}
	server := httptest.NewUnstartedServer(guard.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, string(ProofOf(r.Context())))
	})))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	serving := issue(t, nil, &x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}})
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{{Certificate: [][]byte{serving.certificate.Raw}, PrivateKey: serving.key}}}
	certificates.Require(server.TLS)
	server.StartTLS()
	defer server.Close()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}}
	defer transport.CloseIdleConnections()
	transport.TLSClientConfig.RootCAs.AddCert(serving.certificate)
	if presented != nil {
		transport.TLSClientConfig.Certificates = []tls.Certificate{{Certificate: [][]byte{presented.certificate.Raw}, PrivateKey: presented.key}}
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close() //nolint:errcheck // read to its end
	text, err := io.ReadAll(response.Body)
	return string(text), err
}

// Only a certificate of the CA, for clients, with an allowed name, gets past the handshake.
func TestClientCertificates(t *testing.T) {
	ca, other := authority(t), authority(t)
	file := filepath.Join(t.TempDir(), "ca.crt")
	write(t, file, ca.pem())
	servers := issue(t, &ca, &x509.Certificate{Subject: pkix.Name{CommonName: "kube-apiserver"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
	anyName, named := []string(nil), []string{"kube-apiserver", "apiserver.example"}
	for name, c := range map[string]struct {
		names     []string
		presented *pair
		want      bool
		counted   float64
	}{
		"any name":               {anyName, client(t, ca, "somebody"), true, 0},
		"common name":            {named, client(t, ca, "kube-apiserver"), true, 0},
		"DNS name":               {named, client(t, ca, "", "x.example", "apiserver.example"), true, 0},
		"another name":           {named, client(t, ca, "kubelet", "kubelet.example"), false, 1},
		"no name":                {named, client(t, ca, ""), false, 1},
		"another CA":             {named, client(t, other, "kube-apiserver"), false, 0},
		"a server's certificate": {anyName, &servers, false, 0},
		"none":                   {anyName, nil, false, 0},
		"none, with names":       {named, nil, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			counted := NewMetrics()
			certificates, err := NewCertificates(file, c.names, counted, zap.NewNop())
			if err != nil {
				t.Fatal(err)
			}
			proof, err := call(t, certificates, c.presented)
			if (err == nil) != c.want || c.want && proof != string(Certificate) {
				t.Errorf("have %q, %v", proof, err)
			}
			if got := counted.of("certificate-name"); got != c.counted {
				t.Errorf("%v counted", got)
			}
		})
	}
}

// A CA that is replaced in the file is replaced for the next connection; one that is garbled is
// not.
func TestClientCAIsReadAgain(t *testing.T) {
	ca, next := authority(t), authority(t)
	file := filepath.Join(t.TempDir(), "ca.crt")
	write(t, file, ca.pem())
	certificates, err := NewCertificates(file, nil, nil, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	for _, turn := range []struct {
		content   string
		old, next bool
	}{{ca.pem(), true, false}, {ca.pem() + next.pem(), true, true}, {"garbage", true, true}, {next.pem(), false, true}} {
		write(t, file, turn.content)
		if _, err := certificates.file.load(); (err != nil) != (turn.content == "garbage") || err != nil && !strings.Contains(err.Error(), file) {
			t.Errorf("load: %v", err)
		}
		_, errOld := call(t, certificates, client(t, ca, "a"))
		_, errNext := call(t, certificates, client(t, next, "a"))
		if (errOld == nil) != turn.old || (errNext == nil) != turn.next {
			t.Errorf("old CA: %v, next CA: %v", errOld, errNext)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := certificates.Start(ctx); err != nil {
		t.Error(err)
	}
}

func TestClientCAErrorsNameTheFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ca.crt")
	for _, content := range []string{"", "garbage"} {
		if content != "" {
			write(t, file, content)
		}
		if _, err := NewCertificates(file, nil, nil, zap.NewNop()); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("have %v", err)
		}
	}
}
