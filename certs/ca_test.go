package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"strings"
	"testing"
	"time"
)

// handMade returns the PEMs of a CA as somebody else may make it.
func handMade(t *testing.T, now time.Time, change func(*x509.Certificate)) (certPEM, keyPEM []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: "hand-made"}, BasicConstraintsValid: true, IsCA: true,
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	change(template)
	certificate, err := signed(template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	if keyPEM, err = keyToPEM(key); err != nil {
		t.Fatal(err)
	}
	return certToPEM(certificate), keyPEM
}

// A CA whose certificates the API server would reject is replaced, and not used as a former one.
func TestUnusableCA(t *testing.T) {
	now := time.Now()
	for name, test := range map[string]struct {
		change func(*x509.Certificate)
		want   string
	}{
		"any other":           {func(*x509.Certificate) {}, ""},
		"no usage at all":     {func(c *x509.Certificate) { c.KeyUsage = 0 }, ""},
		"not valid yet":       {func(c *x509.Certificate) { c.NotBefore = now.Add(time.Hour) }, "not yet valid"},
		"may not sign":        {func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageDigitalSignature }, "cannot sign"},
		"for clients only":    {func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }, "incompatible key usage"},
		"for some names only": {func(c *x509.Certificate) { c.PermittedDNSDomains = []string{"svc"} }, "name constraints"},
		"not for some names":  {func(c *x509.Certificate) { c.ExcludedDNSDomains = []string{"fargate-webhook.svc"} }, "name constraints"},
		"for some addresses": {func(c *x509.Certificate) {
			c.PermittedIPRanges = []*net.IPNet{{IP: net.IPv4(10, 0, 0, 0), Mask: net.CIDRMask(8, 32)}}
		}, "name constraints"},
	} {
		t.Run(name, func(t *testing.T) {
			certPEM, keyPEM := handMade(t, now, test.change)
			_, err := parseCA(certPEM, keyPEM, now)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("parseCA() = %v, want %q", err, test.want)
			}
			former := contents{formerCAFile: certPEM, formerKeyFile: keyPEM, replacedKey: []byte(now.UTC().Format(time.RFC3339))}
			if used := former.formerAuthority(now) != nil; used != (test.want == "") {
				t.Errorf("it is used as a former one: %t", used)
			}
		})
	}
}
