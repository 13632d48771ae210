package certs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/certwatcher"

	"fargate-webhook/internal/wake"
)

// files is a Source of files that something else keeps current.
type files struct {
	dir     string
	watcher *certwatcher.CertWatcher
	changes chan struct{}
}

// NewFilesSource returns a Source of tls.crt, tls.key and ca.crt in certDir: the layout of a
// mounted Secret of type kubernetes.io/tls. It reads the files again when they change. It returns
// an error that names a file that is missing or invalid. When the CA is replaced, ca.crt must have
// both the old and the new CA for a while. The Source has a file watch, which is only closed when
// Start returns.
func NewFilesSource(certDir string) (Source, error) {
	return newFilesSource(certDir)
}

func newFilesSource(certDir string) (*files, error) {
	source := &files{dir: certDir, changes: make(chan struct{}, 1)}
	if _, err := source.readCA(); err != nil {
		return nil, err
	}
	var err error
	source.watcher, err = certwatcher.New(source.path("tls.crt"), source.path("tls.key"))
	if err != nil {
		return nil, fmt.Errorf("serving certificate %s with %s: %w", source.path("tls.crt"), source.path("tls.key"), err)
	}
	// Read the CA again after a new certificate.
	source.watcher.RegisterCallback(func(tls.Certificate) { wake.Notify(source.changes) })
	return source, nil
}

func (f *files) path(name string) string { return filepath.Join(f.dir, name) }

// readCA reads ca.crt.
func (f *files) readCA() ([]byte, error) {
	bundle, err := os.ReadFile(f.path(caFile))
	if err != nil {
		return nil, fmt.Errorf("CA of the serving certificate: %w", err)
	}
	if err := checkBundle(bundle); err != nil {
		return nil, fmt.Errorf("CA of the serving certificate, %s: %w", f.path(caFile), err)
	}
	return bundle, nil
}

// GetCertificate returns the certificate that was read last.
func (f *files) GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	return f.watcher.GetCertificate(hello)
}

// Start watches the files until ctx ends.
func (f *files) Start(ctx context.Context) error {
	if err := f.watcher.Start(ctx); err != nil && ctx.Err() == nil {
		return fmt.Errorf("watch the serving certificate in %s: %w", f.dir, err)
	}
	return nil
}

// Ready returns nil if there is a certificate that has not expired.
func (f *files) Ready() error {
	certificate, err := f.GetCertificate(nil)
	if err == nil {
		err = checkCertificate(certificate, time.Now())
	}
	if err != nil {
		return fmt.Errorf("no valid serving certificate in %s: %w", f.path("tls.crt"), err)
	}
	return nil
}

// CABundle reads ca.crt.
func (f *files) CABundle(context.Context) ([]byte, error) { return f.readCA() }

// InUse returns the certificate that was read last and its CA.
func (f *files) InUse() (serving, authority *x509.Certificate) {
	certificate, err := f.GetCertificate(nil)
	if err != nil || certificate == nil || certificate.Leaf == nil {
		return nil, nil
	}
	bundle, _ := f.readCA() // then its CA isn't known
	return certificate.Leaf, signerOf(certificate.Leaf, bundle)
}

// Paths returns nil: the files hold no secret path.
func (f *files) Paths() Paths { return nil }

// Changes notifies of a new certificate. A new ca.crt alone is only found at the next resync of the
// registration.
func (f *files) Changes() <-chan struct{} { return f.changes }
