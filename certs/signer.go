package certs

import (
	"crypto/x509"
	"sync"
	"time"
)

// signer has the CA of an authority and signs with it: after a rotation with the one before, until
// the new one is released. It is safe for concurrent use. The zero signer has no CA.
type signer struct {
	mutex   sync.Mutex
	latest  *certificateAuthority // nil before the first
	signing *certificateAuthority
	path    string
}

// adopt makes ca and path the latest ones, and reports whether either is another one. The first CA
// signs at once, or former does if it isn't nil: the CA that the API server still trusts.
func (s *signer) adopt(ca, former *certificateAuthority, path string) (changed bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	same := s.latest != nil && s.latest.certificate.Equal(ca.certificate)
	if same && s.path == path {
		return false
	}
	if s.path = path; same {
		return true
	}
	s.latest = ca
	if s.signing == nil {
		if s.signing = former; former == nil {
			s.signing = ca
		}
	}
	return true
}

// current returns the latest CA and path.
func (s *signer) current() (ca *certificateAuthority, path string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.latest, s.path
}

// Sign signs a leaf.
func (s *signer) Sign(template *x509.Certificate) (*x509.Certificate, error) {
	s.mutex.Lock()
	ca := s.signing
	s.mutex.Unlock()
	if ca == nil {
		return nil, errNoAuthority
	}
	return ca.sign(template, time.Now())
}

// Release makes Sign use the latest CA, and reports whether that is another one than before.
func (s *signer) Release() bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.latest == nil || s.signing.certificate.Equal(s.latest.certificate) {
		return false
	}
	s.signing = s.latest
	return true
}
