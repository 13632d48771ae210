package callers

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"

	"go.uber.org/zap"
	certutil "k8s.io/client-go/util/cert"
)

// errName is the error of a handshake with a client certificate of somebody else.
var errName = errors.New("the client certificate has none of the allowed names")

// Certificates are the client certificates that the webhook's port asks for. It is safe for
// concurrent use.
type Certificates struct {
	file    reloaded[*x509.CertPool]
	names   []string
	metrics *Metrics
}

// NewCertificates reads the CAs of a PEM file. names are the common names, or the DNS names, that a
// certificate must have one of; with none, every certificate of the CAs is accepted. It returns an
// error that names the file.
func NewCertificates(path string, names []string, metrics *Metrics, logger *zap.Logger) (*Certificates, error) {
	c := &Certificates{file: reloaded[*x509.CertPool]{path: path, parse: parsePool, logger: logger}, names: names, metrics: metrics}
	if _, err := c.file.load(); err != nil {
		return nil, fmt.Errorf("read the CA of client certificates: %w", err)
	}
	return c, nil
}

func parsePool(content []byte) (*x509.CertPool, error) {
	authorities, err := certutil.ParseCertsPEM(content)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	for _, authority := range authorities {
		pool.AddCert(authority)
	}
	return pool, nil
}

// Require makes a server close connections of clients without a valid certificate. Call it after
// everything else has changed the configuration's fields.
func (c *Certificates) Require(config *tls.Config) {
	config.ClientAuth = tls.RequireAndVerifyClientCert
	config.ClientCAs = *c.file.value.Load()
	config.VerifyConnection = c.verify
	config.SessionTicketsDisabled = true // a resumed session would outlive the CA in the file
	config.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		current := config.Clone()
		current.ClientCAs = *c.file.value.Load()
		current.GetConfigForClient = nil
		return current, nil
	}
}

// verify checks the name in a certificate whose chain is valid.
func (c *Certificates) verify(state tls.ConnectionState) error {
	if len(c.names) == 0 {
		return nil
	}
	certificate := state.PeerCertificates[0] // there is one: it is required
	for _, name := range append([]string{certificate.Subject.CommonName}, certificate.DNSNames...) {
		if slices.Contains(c.names, name) {
			return nil
		}
	}
	c.metrics.refused("certificate-name")
	return errName
}

// Start reads the file again, every 10 seconds, until ctx ends.
func (c *Certificates) Start(ctx context.Context) error {
	c.file.run(ctx)
	return nil
}
