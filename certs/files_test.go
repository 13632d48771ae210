package certs

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
)

// pair is a leaf with its key.
type pair struct {
	parsed    *x509.Certificate
	cert, key []byte // PEM
}

func leafPair(t *testing.T, ca *certificateAuthority, host string) pair {
	t.Helper()
	return signLeaf(t, ca, host, time.Now())
}

func signLeaf(t *testing.T, ca *certificateAuthority, host string, now time.Time) pair {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := ca.sign(&x509.Certificate{DNSNames: []string{host}, PublicKey: key.Public()}, now)
	if err != nil {
		t.Fatal(err)
	}
	keyPEM, err := keyToPEM(key)
	if err != nil {
		t.Fatal(err)
	}
	return pair{parsed: leaf, cert: certToPEM(leaf), key: keyPEM}
}

func putPair(t *testing.T, dir string, leaf pair) {
	t.Helper()
	put(t, dir, "tls.crt", leaf.cert)
	put(t, dir, "tls.key", leaf.key)
}

func TestFilesReload(t *testing.T) {
	dir := t.TempDir()
	ca, next := mustCA(t, time.Now()), mustCA(t, time.Now())
	put(t, dir, caFile, ca.certPEM)
	putPair(t, dir, leafPair(t, ca, "webhook.example"))
	source, err := newFilesSource(dir)
	if err != nil {
		t.Fatal(err)
	}
	source.watcher.WithWatchInterval(10 * time.Millisecond)
	run(t, logr.Discard(), source)
	ready(t, source)
	if err := handshake(t, source, caBundle(t, source), "webhook.example"); err != nil {
		t.Error(err)
	}
	<-source.Changes()
	put(t, dir, caFile, append(bytes.Clone(next.certPEM), ca.certPEM...))
	putPair(t, dir, leafPair(t, next, "webhook.example"))
	<-source.Changes()
	if err := handshake(t, source, next.certPEM, "webhook.example"); err != nil {
		t.Errorf("the new certificate is not served: %v", err)
	}
	if got := caBundle(t, source); !bytes.HasPrefix(got, next.certPEM) {
		t.Error("the new CA is not given out")
	}
	if err := os.Remove(filepath.Join(dir, caFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := source.CABundle(t.Context()); err == nil || !strings.Contains(err.Error(), filepath.Join(dir, caFile)) {
		t.Errorf("the error does not name the file: %v", err)
	}
}

func TestFilesNotReadyWhenExpired(t *testing.T) {
	dir := t.TempDir()
	ca := mustCA(t, time.Now())
	put(t, dir, caFile, ca.certPEM)
	putPair(t, dir, signLeaf(t, ca, "webhook.example", time.Now().Add(-2*leafDuration)))
	source, err := newFilesSource(dir)
	if err != nil {
		t.Fatal(err)
	}
	run(t, logr.Discard(), source)
	if err := source.Ready(); err == nil || !strings.Contains(err.Error(), "expired") || !strings.Contains(err.Error(), dir) {
		t.Errorf("got %v", err)
	}
}

func TestFilesErrorsNameTheFile(t *testing.T) {
	ca, other := mustCA(t, time.Now()), mustCA(t, time.Now())
	good := leafPair(t, ca, "webhook.example")
	for _, test := range []struct {
		name    string
		named   string
		content []byte // nil: no such file
	}{
		{"no CA", caFile, nil},
		{"no certificate", "tls.crt", nil},
		{"no key", "tls.key", nil},
		{"CA garbled", caFile, []byte("garbage")},
		{"certificate garbled", "tls.crt", []byte("garbage")},
		{"key of another", "tls.key", leafPair(t, other, "x").key},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, caFile, ca.certPEM)
			putPair(t, dir, good)
			remove(t, dir, test.named)
			if test.content != nil {
				put(t, dir, test.named, test.content)
			}
			_, err := NewFilesSource(dir)
			if err == nil || !strings.Contains(err.Error(), filepath.Join(dir, test.named)) {
				t.Errorf("the error does not name %s: %v", test.named, err)
			}
		})
	}
}

func remove(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}
