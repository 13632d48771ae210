package certs

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"time"
)

// backdate is how far in the past a certificate becomes valid, for verifiers whose clock is behind.
const backdate = time.Hour

var (
	errNotCA       = errors.New("not a CA certificate")
	errNearsEnd    = errors.New("it has expired or will soon")
	errConstrained = errors.New("it has name constraints")
)

// certificateAuthority is a CA with its key.
type certificateAuthority struct {
	certificate     *x509.Certificate
	key             crypto.Signer
	certPEM, keyPEM []byte
}

// newKey returns a key for a CA or a leaf.
func newKey() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

// newCA returns a new self-signed CA.
func newCA(now time.Time) (*certificateAuthority, error) {
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: caCommonName},
		BasicConstraintsValid: true,
		IsCA:                  true,
		NotBefore:             now.Add(-backdate),
		NotAfter:              now.Add(caDuration),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	certificate, err := signed(template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	keyPEM, err := keyToPEM(key)
	if err != nil {
		return nil, err
	}
	return &certificateAuthority{certificate: certificate, key: key, certPEM: certToPEM(certificate), keyPEM: keyPEM}, nil
}

// parseCA reads a CA and its key. It returns an error if they don't match, if less than a third of
// the CA's life is left, or if the API server would reject what it signs.
func parseCA(certPEM, keyPEM []byte, now time.Time) (*certificateAuthority, error) {
	ca, err := parsePair(certPEM, keyPEM)
	if err != nil {
		return nil, err
	}
	if lifeLeft(ca.certificate, now) < 1.0/3 {
		return nil, fmt.Errorf("%w: valid until %s", errNearsEnd, ca.certificate.NotAfter.Format(time.RFC3339))
	}
	if err := ca.usable(now); err != nil {
		return nil, err
	}
	return ca, nil
}

// usable returns an error if the API server would reject what the CA signs: by the clock here, it
// isn't valid yet, or it may not sign serving certificates of any name.
func (c *certificateAuthority) usable(now time.Time) error {
	const name = "trial.svc"
	leaf, err := c.sign(&x509.Certificate{PublicKey: c.key.Public(), DNSNames: []string{name}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}, now)
	if err != nil {
		return fmt.Errorf("it can't sign: %w", err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(c.certificate)
	if _, err := leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: roots, CurrentTime: now}); err != nil {
		return fmt.Errorf("what it signs is not valid: %w", err)
	}
	// A trial would need the names that the webhook is called by.
	ca := c.certificate
	if ca.PermittedDNSDomains != nil || ca.ExcludedDNSDomains != nil || ca.PermittedIPRanges != nil || ca.ExcludedIPRanges != nil {
		return errConstrained
	}
	return nil
}

// parsePair reads a CA and its key, however old it is. It returns an error if they don't match.
func parsePair(certPEM, keyPEM []byte) (*certificateAuthority, error) {
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return nil, err
	}
	key, fits := pair.PrivateKey.(crypto.Signer)
	if !fits || pair.Leaf == nil || !pair.Leaf.IsCA {
		return nil, errNotCA
	}
	return &certificateAuthority{certificate: pair.Leaf, key: key, certPEM: certPEM, keyPEM: keyPEM}, nil
}

// sign completes the template of a leaf for the key and signs it. The leaf does not stay valid
// longer than the CA.
func (c *certificateAuthority) sign(template *x509.Certificate, now time.Time) (*x509.Certificate, error) {
	template.BasicConstraintsValid = true
	template.NotBefore = now.Add(-backdate)
	if template.NotAfter.IsZero() {
		template.NotAfter = now.Add(leafDuration)
	}
	if c.certificate.NotAfter.Before(template.NotAfter) {
		template.NotAfter = c.certificate.NotAfter
	}
	return signed(template, c.certificate, template.PublicKey, c.key)
}

// signed returns the certificate of a template. crypto/x509 gives it a random serial number.
func signed(template, parent *x509.Certificate, public crypto.PublicKey, signer crypto.Signer) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, signer)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// lifeLeft returns the part of a certificate's life that is left, negative once it has expired.
func lifeLeft(certificate *x509.Certificate, now time.Time) float64 {
	return float64(certificate.NotAfter.Sub(now)) / float64(certificate.NotAfter.Sub(certificate.NotBefore))
}

func certToPEM(certificate *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})
}

func keyToPEM(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}
