package certs

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"time"

	cmapi "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	"github.com/cert-manager/cert-manager/pkg/util/pki"
)

// backdate is how far in the past a certificate becomes valid, for verifiers whose clock is behind.
const backdate = 5 * time.Minute

var (
	errNotCA    = errors.New("not a CA certificate")
	errNearsEnd = errors.New("it has expired or will soon")
)

// certificateAuthority is a CA with its key.
type certificateAuthority struct {
	certificate     *x509.Certificate
	key             crypto.Signer
	certPEM, keyPEM []byte
}

// newCA returns a new self-signed CA.
func newCA(now time.Time) (*certificateAuthority, error) {
	key, err := pki.GenerateECPrivateKey(pki.ECCurve384)
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
	certPEM, certificate, err := pki.SignCertificate(template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	keyPEM, err := pki.EncodePrivateKey(key, cmapi.PKCS8)
	if err != nil {
		return nil, err
	}
	return &certificateAuthority{certificate: certificate, key: key, certPEM: certPEM, keyPEM: keyPEM}, nil
}

// parseCA reads a CA and its key. It returns an error if they don't match, or if less than a third
// of the CA's life is left.
func parseCA(certPEM, keyPEM []byte, now time.Time) (*certificateAuthority, error) {
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return nil, err
	}
	key, fits := pair.PrivateKey.(crypto.Signer)
	if !fits || pair.Leaf == nil || !pair.Leaf.IsCA {
		return nil, errNotCA
	}
	certificate := pair.Leaf
	if life := certificate.NotAfter.Sub(certificate.NotBefore); certificate.NotAfter.Sub(now) < life/3 {
		return nil, fmt.Errorf("%w: valid until %s", errNearsEnd, certificate.NotAfter.Format(time.RFC3339))
	}
	return &certificateAuthority{certificate: certificate, key: key, certPEM: certPEM, keyPEM: keyPEM}, nil
}

// sign completes the template of a leaf and signs it. The leaf does not stay valid longer than the
// CA.
func (c *certificateAuthority) sign(template *x509.Certificate, now time.Time) (*x509.Certificate, error) {
	template.BasicConstraintsValid = true
	template.NotBefore = now.Add(-backdate)
	template.NotAfter = now.Add(leafDuration)
	if c.certificate.NotAfter.Before(template.NotAfter) {
		template.NotAfter = c.certificate.NotAfter
	}
	_, leaf, err := pki.SignCertificate(template, c.certificate, template.PublicKey, c.key)
	return leaf, err
}
