// Package certs provides what the webhook serves TLS with, and the CA bundle that the API server is to trust for it.
//
// Three sources: a CA in a Secret (in a cluster), a CA in a local folder (outside one), and files that somebody else keeps current. The
// first two sign a short-lived leaf that exists in memory only, on top of cert-manager's pkg/server/tls.
//
// # Rotation
//
// A CA that changes while the API server trusts the old one only would fail every call, and the webhook fails closed. So the order is:
// the new CA joins the bundle, Changes tells the registration, and a minute later each replica changes its leaf (see staged). The old
// CA stays in the bundle until no leaf that it signed can be valid any more. What is left: a replica that starts within that minute signs
// its leaf with the new CA at once, and one that starts within those days does not know the old CA. Only somebody who deletes or
// breaks the stored CA can make that happen within the life of a CA, see caDuration.
package certs

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	certutil "k8s.io/client-go/util/cert"
)

const (
	// caFile is the name of a CA's certificate, as a file and as a key of a Secret.
	caFile       = "ca.crt"
	caCommonName = "fargate-webhook-ca"
	// caDuration is how long a CA is valid; it is replaced after two thirds of that. It is long because a rotation has a moment in which
	// the registered bundle and the served leaf can disagree, and buys little: whoever can read the CA's key can read its successor's.
	caDuration = 10 * 365 * 24 * time.Hour
	// leafDuration is how long a leaf is valid; it is replaced after two thirds of that.
	leafDuration = 7 * 24 * time.Hour
	// trustDelay is the time from a new CA's joining the bundle to the first leaf from it: for the leader to register the bundle, or for a
	// new leader to be elected and do so, and for the API server to notice.
	trustDelay = time.Minute
)

// Source provides serving certificates. It is safe for concurrent use. All implementations here are manager.Runnables that run on every
// replica, since every replica serves. They log through the logr.Logger in the context that Start gets.
type Source interface {
	// GetCertificate is for tls.Config. It returns an error while there is no certificate.
	GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error)
	// Start keeps the certificate current until ctx ends; then it returns nil. It is to be called once.
	Start(ctx context.Context) error
	// Ready returns nil when a certificate can be served, else why not.
	Ready() error
	// CABundle returns PEM certificates that vouch for the certificate of any replica: at least one, the current CA first.
	CABundle(ctx context.Context) ([]byte, error)
	// Changes returns a channel that holds a notice when the bundle may have changed. There is one channel, and it holds one notice: it
	// is for one reader, who then asks for the CABundle as it is.
	Changes() <-chan struct{}
}

// errNoCertificate is the state before the first certificate.
var errNoCertificate = errors.New("none yet")

// checkCertificate says why a certificate can't be served, or nil.
func checkCertificate(certificate *tls.Certificate, now time.Time) error {
	switch {
	case certificate == nil:
		return errNoCertificate
	case certificate.Leaf != nil && now.After(certificate.Leaf.NotAfter):
		return fmt.Errorf("it expired on %s", certificate.Leaf.NotAfter.Format(time.RFC3339))
	}
	return nil
}

// checkBundle says why the API server would not take a bundle, or nil. It parses as the API server does.
func checkBundle(bundle []byte) error {
	_, err := certutil.ParseCertsPEM(bundle)
	return err
}

// splitHosts tells DNS names from IP addresses: they go into different fields of a certificate.
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
