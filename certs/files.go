package certs

import (
	"context"
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/certwatcher"

	"fargate-webhook/internal/wake"
)

// files is a Source whose certificate somebody else keeps current.
type files struct {
	dir     string
	watcher *certwatcher.CertWatcher
	changes chan struct{}
}

// NewFilesSource makes a Source that serves tls.crt with tls.key and gives out ca.crt, all in certDir: the layout of a mounted Secret of
// type kubernetes.io/tls. The files are read anew when they change. It returns an error that names the file if one is missing or does not
// hold what it should. Who replaces the CA sees to it that ca.crt holds the old and the new one for a while. The Source holds a file watch
// that only the end of Start gives back.
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
	// A new certificate is the sign to read the CA anew as well.
	source.watcher.RegisterCallback(func(tls.Certificate) { wake.Notify(source.changes) })
	return source, nil
}

func (f *files) path(name string) string { return filepath.Join(f.dir, name) }

// readCA reads ca.crt as it is now.
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

// GetCertificate returns the certificate as it was last read.
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

// NeedLeaderElection says that every replica runs it, since every replica serves.
func (f *files) NeedLeaderElection() bool { return false }

// Ready returns nil when there is a certificate that has not expired.
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

// CABundle returns ca.crt as it is now.
func (f *files) CABundle(context.Context) ([]byte, error) { return f.readCA() }

// Changes tells of a new certificate. It does not tell of a new ca.crt alone, which the registration finds at its next round.
func (f *files) Changes() <-chan struct{} { return f.changes }
