package certs

import (
	"context"
	"crypto/tls"
	"fmt"
	"time"
)

// managed is a Source that has its leaf signed by its own authority and keeps it in memory.
type managed struct {
	leaf      *leaf
	authority *staged
	awaited   string // what is missing if there is no certificate, for errors
}

// newManaged returns a managed Source. readCA returns the CA that inner signs with, or will sign
// with soon.
func newManaged(inner authority, readCA func(context.Context) ([]byte, error), hosts []string, awaited string) *managed {
	names, addresses := splitHosts(hosts)
	wrapped := &staged{
		inner:     inner,
		addresses: addresses,
		readCA:    readCA,
		delay:     trustDelay,
		changes:   make(chan struct{}, 1),
	}
	return &managed{
		leaf:      &leaf{names: names, authority: wrapped, retry: leafRetry},
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

// NeedLeaderElection returns false: every replica serves.
func (m *managed) NeedLeaderElection() bool { return false }

// Ready returns nil if there is a leaf that has not expired.
func (m *managed) Ready() error {
	certificate, err := m.GetCertificate(nil)
	if err != nil {
		return err
	}
	if err := checkCertificate(certificate, time.Now()); err != nil {
		return fmt.Errorf("no valid serving certificate, waiting for %s: %w", m.awaited, err)
	}
	return nil
}

// CABundle returns the current CA and former ones that may have valid leaves.
func (m *managed) CABundle(ctx context.Context) ([]byte, error) { return m.authority.caBundle(ctx) }

// Changes notifies of a new CA, including the first.
func (m *managed) Changes() <-chan struct{} { return m.authority.changes }
