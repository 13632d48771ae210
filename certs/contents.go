package certs

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"time"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/internal/secretpath"
)

// Keys of the Secret besides caFile, pathFile and those of its CA's key pair.
const (
	formerCAFile   = "former-ca.crt"
	formerPathFile = "former-path"
	formerKeyFile  = "former-tls.key"
	replacedKey    = "replaced" // when the former three were replaced, or the Secret was created
)

// recently is how long a replica that starts signs with the former CA at first. Whoever replaced it
// may have a clock that is some minutes off.
const recently = 10 * time.Minute

var (
	errNoCA   = errors.New("it has no " + caFile)
	errDiffer = errors.New(caFile + " and " + corev1.TLSCertKey + " differ")
)

// contents are the data of the Secret. All but the CA's key is in stored.
type contents map[string][]byte

// storedIn reads what is kept besides the CA's key.
func storedIn(c contents) (stored, error) {
	ca := c[caFile]
	if len(ca) == 0 {
		return stored{}, errNoCA
	}
	if err := checkBundle(ca); err != nil {
		return stored{}, fmt.Errorf("%s: %w", caFile, err)
	}
	found := stored{caPEM: ca, path: string(c[pathFile])}
	if err := secretpath.Check(found.path); err != nil {
		return stored{}, fmt.Errorf("%s: %w", pathFile, err)
	}
	// What is former is a help, and no reason to fail.
	if checkBundle(c[formerCAFile]) == nil {
		found.formerPEM = c[formerCAFile]
	}
	if former := string(c[formerPathFile]); secretpath.Check(former) == nil {
		found.formerPath = former
	}
	if replaced, err := time.Parse(time.RFC3339, string(c[replacedKey])); err == nil {
		found.replaced = replaced
	}
	return found, nil
}

// authority reads the CA with its key. Its errors say why the CA must be replaced.
func (c contents) authority(now time.Time) (*certificateAuthority, error) {
	certPEM := c[corev1.TLSCertKey]
	if !bytes.Equal(certPEM, c[caFile]) {
		return nil, errDiffer
	}
	return parseCA(certPEM, c[corev1.TLSPrivateKeyKey], now)
}

// formerAuthority reads the CA that was replaced just now, nil if there is none. Until every replica
// has taken up its successor, the API server may trust no other.
func (c contents) formerAuthority(now time.Time) *certificateAuthority {
	replaced, err := time.Parse(time.RFC3339, string(c[replacedKey]))
	if err != nil || now.Sub(replaced).Abs() > recently {
		return nil
	}
	ca, err := parsePair(c[formerCAFile], c[formerKeyFile])
	if err != nil || ca.certificate.NotAfter.Before(now.Add(recently)) || ca.usable(now) != nil {
		return nil
	}
	return ca
}

// withCA returns contents with another CA and path. They keep the CA and the path of c as former
// ones.
func (c contents) withCA(ca *certificateAuthority, now time.Time) contents {
	renewed := c.withPath(now)
	if checkBundle(c[caFile]) == nil {
		renewed[formerCAFile] = c[caFile]
	}
	if _, err := parsePair(c[caFile], c[corev1.TLSPrivateKeyKey]); err == nil {
		renewed[formerKeyFile] = c[corev1.TLSPrivateKeyKey]
	}
	if secretpath.Check(string(c[pathFile])) == nil {
		renewed[formerPathFile] = c[pathFile]
	}
	renewed[caFile], renewed[corev1.TLSCertKey], renewed[corev1.TLSPrivateKeyKey] = ca.certPEM, ca.certPEM, ca.keyPEM
	return renewed
}

// withPath returns contents with another path, and without anything that is former.
func (c contents) withPath(now time.Time) contents {
	renewed := contents{}
	maps.Copy(renewed, c)
	delete(renewed, formerCAFile)
	delete(renewed, formerPathFile)
	delete(renewed, formerKeyFile)
	renewed[pathFile] = []byte(secretpath.New())
	renewed[replacedKey] = []byte(now.UTC().Format(time.RFC3339))
	return renewed
}
