// Package certs provides the serving certificates of the webhook and the CA bundle for its
// registration.
//
// There are three sources: a CA in a Secret (in a cluster), a CA in a local folder (outside a
// cluster), and files that something else keeps current, such as cert-manager. The first two sign a
// short-lived leaf that only exists in memory.
//
// # Rotation
//
// If the serving certificate changed to a new CA while the API server only trusts the old one,
// every call would fail. So a rotation has steps: the new CA is added to the bundle, Changes
// notifies the registration, and a minute later, if the new CA is registered by then, each replica
// changes its leaf (see staged). The old CA stays in the bundle until every leaf that it signed has
// expired. A replica that starts within that minute signs with the old CA at first, whose key the
// Secret keeps until the next rotation. A gap remains after somebody has deleted the Secret: a
// replica that starts within that minute knows the new CA only.
//
// The secret path that callers must know is replaced with the CA. Every replica accepts the new one
// as soon as it sees it, it is registered a minute later, and the old one is accepted for another
// week. The Secret keeps the old CA and path, for replicas that start in the meantime, unless
// somebody deleted it.
package certs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"

	certutil "k8s.io/client-go/util/cert"
)

const (
	// caFile is the name of a CA's certificate, as a file and as a key of a Secret.
	caFile = "ca.crt"
	// pathFile is the name of the secret path, as a file and as a key of a Secret.
	pathFile     = "path"
	caCommonName = "fargate-webhook-ca"
	// caDuration is how long a CA is valid. It is replaced after two thirds of that. It is long
	// because during a rotation the registered bundle and the served leaf may not match, and a
	// rotation gains little: who can read the key of a CA can read that of the next.
	caDuration = 10 * 365 * 24 * time.Hour
	// leafDuration is how long a leaf is valid. It is replaced after two thirds of that.
	leafDuration = 7 * 24 * time.Hour
	// trustDelay is the time from adding a new CA to the bundle to its first leaf. Within it the
	// leader, or a newly elected one, registers the bundle, and the API server reads it.
	trustDelay = time.Minute
)

// Rotation says when leaves and CAs are replaced. Zero fields have their defaults.
type Rotation struct {
	// Life is how long a leaf is valid, a week by default.
	Life time.Duration
	// Delay is the time from a new CA to its first leaf, and from a new secret path to its
	// registration, a minute by default.
	Delay time.Duration
	// Trusted returns an error while a CA, in PEM, isn't registered. The leaf doesn't change before.
	// It may be nil: then only the delay is waited for.
	Trusted func(ctx context.Context, ca []byte) error
}

func (r Rotation) orDefault() Rotation {
	if r.Life == 0 {
		r.Life = leafDuration
	}
	if r.Delay == 0 {
		r.Delay = trustDelay
	}
	return r
}

// Source provides serving certificates. It is safe for concurrent use. The implementations log to
// the logr.Logger in the context of Start.
type Source interface {
	// GetCertificate is for tls.Config. It returns an error if there is no certificate yet.
	GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error)
	// Start keeps the certificate current until ctx ends, and then returns nil. Call it once.
	Start(ctx context.Context) error
	// Ready returns nil if there is a valid certificate, or an error that says why not.
	Ready() error
	// CABundle returns the CAs of the certificates of all replicas, in PEM: at least one, the
	// current CA first.
	CABundle(ctx context.Context) ([]byte, error)
	// InUse returns the certificate to serve with and the CA that has signed it, nil for one that
	// isn't known.
	InUse() (serving, authority *x509.Certificate)
	// Changes returns a channel that holds a notice after the bundle or the path may have changed.
	// There is one channel with room for one notice, and so one reader, which then reads the
	// current CABundle and RegisteredPath.
	Changes() <-chan struct{}
	// Paths returns the secret paths that are kept and replaced with the CA, or nil if there are
	// none.
	Paths() Paths
}

// Paths are the secret first segments of the paths that the API server calls. They are safe for
// concurrent use.
type Paths interface {
	// RegisteredPath returns the segment to register.
	RegisteredPath(ctx context.Context) (string, error)
	// AcceptsPath reports whether a segment is the current one or was replaced less than a week
	// ago. It takes the same time for every segment.
	AcceptsPath(segment string) bool
}

// errNoCertificate is the reason of Ready before the first certificate.
var errNoCertificate = errors.New("none yet")

// checkCertificate returns an error if there is no certificate or it has expired.
func checkCertificate(certificate *tls.Certificate, now time.Time) error {
	switch {
	case certificate == nil:
		return errNoCertificate
	case certificate.Leaf != nil && now.After(certificate.Leaf.NotAfter):
		return fmt.Errorf("it expired on %s", certificate.Leaf.NotAfter.Format(time.RFC3339))
	}
	return nil
}

// checkBundle returns an error if the API server would reject a bundle. It parses it as the API
// server does.
func checkBundle(bundle []byte) error {
	_, err := certutil.ParseCertsPEM(bundle)
	return err
}

// signerOf returns the CA of a bundle that has signed a certificate, nil if there is none.
func signerOf(serving *x509.Certificate, bundle []byte) *x509.Certificate {
	authorities, _ := certutil.ParseCertsPEM(bundle) // then there is none
	for _, each := range authorities {
		if serving.CheckSignatureFrom(each) == nil {
			return each
		}
	}
	return nil
}

// splitHosts separates DNS names from IP addresses, which have different fields in a certificate.
func splitHosts(hosts []string) (names []string, addresses []net.IP) {
	for _, host := range hosts {
		if address := net.ParseIP(host); address != nil {
			addresses = append(addresses, address)
		} else {
			names = append(names, host)
		}
	}
	return names, addresses
}
