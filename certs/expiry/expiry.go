// Package expiry reports when the certificates of the webhook expire: in metrics, and by events on
// its Deployment when one was not renewed in time.
package expiry

import (
	"crypto/x509"
	"time"
)

// Source provides the certificates in use. certs.Source implements it.
type Source interface {
	// InUse returns the certificate to serve with and the CA that has signed it, nil for one that
	// isn't known.
	InUse() (serving, authority *x509.Certificate)
}

// The values of the metric's label, and the names in events.
const (
	serving   = "serving"
	authority = "ca"
)

// most is the longest time before a certificate's end from which it counts as late.
const most = 30 * 24 * time.Hour

// late returns from when on a certificate should have been renewed: in the last quarter of its life,
// and in its last 30 days. The webhook and cert-manager renew after two thirds.
func late(certificate *x509.Certificate) time.Time {
	life := certificate.NotAfter.Sub(certificate.NotBefore)
	return certificate.NotAfter.Add(-min(life/4, most))
}

// named is a certificate in use.
type named struct {
	name string
	*x509.Certificate
}

// inUse returns the certificates that are known.
func inUse(source Source) (list []named) {
	leaf, ca := source.InUse()
	for _, each := range []named{{serving, leaf}, {authority, ca}} {
		if each.Certificate != nil {
			list = append(list, each)
		}
	}
	return list
}
