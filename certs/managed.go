package certs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"time"
)

// managed is a Source that has its leaf signed by its own authority and keeps it in memory.
type managed struct {
	leaf      *leaf
	authority *staged
	awaited   string // what is missing if there is no certificate, for errors
}

// newManaged returns a managed Source. read returns the CA that inner signs with, or will sign with
// soon.
func newManaged(inner releasing, read func(context.Context) (stored, error), hosts []string, awaited string, r Rotation) *managed {
	names, addresses := splitHosts(hosts)
	r = r.orDefault()
	wrapped := &staged{
		inner:     inner,
		addresses: addresses,
		read:      read,
		delay:     r.Delay,
		trusted:   r.Trusted,
		changes:   make(chan struct{}, 1),
	}
	return &managed{
		leaf:      &leaf{names: names, authority: wrapped, life: r.Life, retry: leafRetry},
		authority: wrapped,
		awaited:   awaited,
	}
}

// GetCertificate returns the current leaf.
func (m *managed) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	certificate := m.leaf.current()
	if certificate == nil {
		return nil, fmt.Errorf("no serving certificate, waiting for %s: %w", m.awaited, errNoCertificate)
	}
	return certificate, nil
}

// Start keeps CA and leaf current until ctx ends.
func (m *managed) Start(ctx context.Context) error { return m.leaf.Start(ctx) }

// Ready returns nil if there is a leaf that has not expired, and a secret path.
func (m *managed) Ready() error {
	certificate, err := m.GetCertificate(nil)
	if err != nil {
		return err
	}
	if err := checkCertificate(certificate, time.Now()); err != nil {
		return fmt.Errorf("no valid serving certificate, waiting for %s: %w", m.awaited, err)
	}
	if m.authority.paths.empty() { // it would accept no caller
		return fmt.Errorf("no secret path, waiting for %s: %w", m.awaited, errNoCertificate)
	}
	return nil
}

// Paths returns the secret paths that are kept with the CA.
func (m *managed) Paths() Paths { return m }

// RegisteredPath returns the secret path to register.
func (m *managed) RegisteredPath(ctx context.Context) (string, error) {
	return m.authority.registeredPath(ctx)
}

// AcceptsPath reports whether the API server uses a secret path, or did until recently.
func (m *managed) AcceptsPath(path string) bool { return m.authority.acceptsPath(path) }

// CABundle returns the current CA and former ones that may have valid leaves.
func (m *managed) CABundle(ctx context.Context) ([]byte, error) { return m.authority.caBundle(ctx) }

// InUse returns the leaf and its CA.
func (m *managed) InUse() (serving, authority *x509.Certificate) {
	certificate := m.leaf.current()
	if certificate == nil {
		return nil, nil
	}
	return certificate.Leaf, signerOf(certificate.Leaf, m.authority.bundle.pem(time.Now()))
}

// Changes notifies of a new CA, including the first, and of a new path to register.
func (m *managed) Changes() <-chan struct{} { return m.authority.changes }
