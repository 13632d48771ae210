package certs

import (
	"crypto/x509"
	"encoding/pem"
	"testing"
	"time"

	"github.com/go-logr/logr"
)

// certificates parses PEM.
func certificates(t *testing.T, text []byte) (all []*x509.Certificate) {
	t.Helper()
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		parsed, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, parsed)
	}
	return all
}

// An API server whose clock is five minutes behind, or six days ahead, accepts CA and leaf, from a
// Secret and from a folder.
func TestToleratesClockSkew(t *testing.T) {
	folder, err := newFolderSource(t.TempDir(), []string{testDNSName}, Rotation{})
	if err != nil {
		t.Fatal(err)
	}
	for name, source := range map[string]*managed{
		"Secret": newTestSecretSource(t, newFakeAPI(t), 0), "folder": folder,
	} {
		t.Run(name, func(t *testing.T) {
			before := time.Now()
			run(t, logr.Discard(), source)
			ready(t, source)
			roots := x509.NewCertPool()
			cas := certificates(t, caBundle(t, source))
			for _, ca := range cas {
				roots.AddCert(ca)
			}
			served, err := source.GetCertificate(nil)
			if err != nil {
				t.Fatal(err)
			}
			for skew, want := range map[time.Duration]bool{
				-backdate - time.Minute: false, -backdate + time.Second: true, 0: true, 6 * 24 * time.Hour: true, 8 * 24 * time.Hour: false,
			} {
				_, err := served.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: testDNSName, CurrentTime: before.Add(skew)})
				if (err == nil) != want {
					t.Errorf("with a clock that is off by %s: %v", skew, err)
				}
			}
			for _, each := range append(cas, served.Leaf) {
				if late := each.NotBefore.Sub(before.Add(-backdate)); late > time.Minute || late < -time.Minute {
					t.Errorf("%q is valid from %s, want an hour before %s", each.Subject.CommonName, each.NotBefore, before)
				}
			}
		})
	}
}
