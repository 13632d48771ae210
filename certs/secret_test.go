package certs

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/internal/kube"
)

// testOwners own the Secret.
func testOwners(context.Context) ([]metav1.OwnerReference, error) {
	return []metav1.OwnerReference{{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "Role", Name: "own", UID: "u-1"}}, nil
}

const testDNSName = "fargate-webhook.own.svc"

// newTestSecretSource is a source that does not wait as long as in life.
func newTestSecretSource(t *testing.T, f *fakeAPI, delay time.Duration) *managed {
	t.Helper()
	client, err := kube.NewClient(f.config())
	if err != nil {
		t.Fatal(err)
	}
	source := newSecretSource(client, testNamespace, testSecret, []string{testDNSName, "127.0.0.1"}, testOwners, Rotation{})
	source.authority.delay = delay
	source.leaf.retry = 10 * time.Millisecond
	return source
}

func TestSecretShared(t *testing.T) {
	api := newFakeAPI(t)
	first, second := newTestSecretSource(t, api, 0), newTestSecretSource(t, api, 0)
	if err := first.Ready(); err == nil || !strings.Contains(err.Error(), "own/fargate-webhook-ca") {
		t.Errorf("ready before the start, or the Secret is not named: %v", err)
	}
	run(t, logr.Discard(), first)
	run(t, logr.Discard(), second)
	ready(t, first)
	ready(t, second)
	<-first.Changes()
	bundle := caBundle(t, first)
	if !bytes.Equal(bundle, caBundle(t, second)) {
		t.Error("two replicas have two bundles")
	}
	for _, source := range []Source{first, second} {
		for _, host := range []string{testDNSName, "127.0.0.1"} {
			if err := handshake(t, source, bundle, host); err != nil {
				t.Errorf("%s: %v", host, err)
			}
		}
	}
	checkCA(t, bundle)
	api.mutex.Lock()
	owners := api.secret.OwnerReferences
	api.mutex.Unlock()
	if len(owners) != 1 || owners[0].UID != "u-1" {
		t.Errorf("owners %+v", owners)
	}
	want := []string{"create", "get", "list", "watch"}
	if got := api.usedVerbs(); !slices.Equal(got, want) {
		t.Errorf("verbs %v, want %v", got, want)
	}
}

// checkCA looks at what became of our settings.
func checkCA(t *testing.T, bundle []byte) {
	t.Helper()
	block, _ := pem.Decode(bundle)
	ca, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if ca.Subject.CommonName != caCommonName || ca.NotAfter.Sub(ca.NotBefore) < caDuration-time.Hour {
		t.Errorf("CA %q valid until %s", ca.Subject.CommonName, ca.NotAfter)
	}
}

// A Secret without an owner, as one that was restored, gets one: uninstalling must delete it.
func TestSecretGetsOwner(t *testing.T) {
	api := newFakeAPI(t)
	source := newTestSecretSource(t, api, 0)
	run(t, logr.Discard(), source)
	ready(t, source)
	before := caBundle(t, source)
	api.change(func(s *corev1.Secret) *corev1.Secret { s.OwnerReferences = nil; return s })
	eventually(t, "the Secret has its owner again", func() bool {
		api.mutex.Lock()
		defer api.mutex.Unlock()
		return api.secret != nil && len(api.secret.OwnerReferences) == 1
	})
	if !bytes.Equal(caBundle(t, source), before) {
		t.Error("it has another CA")
	}
}

func TestSecretReused(t *testing.T) {
	api := newFakeAPI(t)
	var bundles [2][]byte
	for i := range bundles {
		source := newTestSecretSource(t, api, 0)
		stop := run(t, logr.Discard(), source)
		ready(t, source)
		bundles[i] = caBundle(t, source)
		stop()
	}
	if !bytes.Equal(bundles[0], bundles[1]) {
		t.Error("the second start has another CA")
	}
}

// Whatever is done to the Secret, there is soon a new CA; the bundle keeps the old one, and the
// leaf follows the bundle.
func TestSecretRotation(t *testing.T) {
	other := mustCA(t, time.Now())
	for _, test := range []struct {
		name   string
		change func(*corev1.Secret) *corev1.Secret
	}{
		{"deleted", func(*corev1.Secret) *corev1.Secret { return nil }},
		{"emptied", func(s *corev1.Secret) *corev1.Secret { s.Data = nil; return s }},
		{"garbled", func(s *corev1.Secret) *corev1.Secret { s.Data[corev1.TLSPrivateKeyKey] = []byte("garbage"); return s }},
		{"replaced", func(s *corev1.Secret) *corev1.Secret {
			s.Data = map[string][]byte{
				caFile: other.certPEM, corev1.TLSCertKey: other.certPEM, corev1.TLSPrivateKeyKey: other.keyPEM,
			}
			return s
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			api := newFakeAPI(t)
			source := newTestSecretSource(t, api, 0)
			run(t, logr.Discard(), source)
			ready(t, source)
			<-source.Changes()
			before := caBundle(t, source)
			served, err := source.GetCertificate(nil)
			if err != nil {
				t.Fatal(err)
			}
			api.change(test.change)
			<-source.Changes()
			var both []byte
			eventually(t, "the bundle has the new CA and the old", func() bool {
				both, err = source.CABundle(t.Context())
				return err == nil && bytes.HasSuffix(both, before) && len(both) > len(before)
			})
			eventually(t, "the leaf changed", func() bool {
				now, err := source.GetCertificate(nil)
				return err == nil && now != served && handshake(t, source, both[:len(both)-len(before)], testDNSName) == nil
			})
			if err := handshake(t, source, both, testDNSName); err != nil {
				t.Error(err)
			}
			if err := handshake(t, source, before, testDNSName); err == nil {
				t.Error("the leaf is still from the old CA")
			}
		})
	}
}

// While the bundle waits to be registered the old leaf is served, and the bundle vouches for it.
func TestSecretLeafWaits(t *testing.T) {
	api := newFakeAPI(t)
	source := newTestSecretSource(t, api, time.Hour)
	run(t, logr.Discard(), source)
	ready(t, source)
	<-source.Changes()
	before := caBundle(t, source)
	api.change(func(*corev1.Secret) *corev1.Secret { return nil })
	<-source.Changes()
	after := caBundle(t, source)
	if bytes.Equal(after, before) {
		t.Error("the bundle did not change")
	}
	for _, bundle := range [][]byte{before, after} {
		if err := handshake(t, source, bundle, testDNSName); err != nil {
			t.Error(err)
		}
	}
}

func TestSecretBundleErrors(t *testing.T) {
	api := newFakeAPI(t)
	source := newTestSecretSource(t, api, 0)
	for _, test := range []struct {
		name   string
		secret *corev1.Secret
		want   string
	}{
		{"none", nil, "NotFound"},
		{"no CA in it", &corev1.Secret{}, "no ca.crt"},
		{"garbage in it", &corev1.Secret{Data: map[string][]byte{caFile: []byte("garbage")}}, "certificate"},
		{"no path in it", &corev1.Secret{Data: map[string][]byte{caFile: mustCA(t, time.Now()).certPEM}}, "path: a secret path must have"},
	} {
		t.Run(test.name, func(t *testing.T) {
			api.mutex.Lock()
			api.secret = test.secret
			api.mutex.Unlock()
			_, err := source.CABundle(t.Context())
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "own/fargate-webhook-ca") {
				t.Errorf("got %v, want %q and the Secret's name", err, test.want)
			}
		})
	}
	broken := newTestSecretSource(t, api, 0)
	api.server.Close()
	if _, err := broken.CABundle(t.Context()); err == nil || !strings.Contains(err.Error(), "own/fargate-webhook-ca") {
		t.Errorf("got %v", err)
	}
}

// A source that never gets to see its Secret stops when told to.
func TestSecretStopsWithoutServer(t *testing.T) {
	api := newFakeAPI(t)
	api.server.Close()
	source := newTestSecretSource(t, api, 0)
	stop := run(t, logr.Discard(), source)
	stop()
	if err := source.Ready(); err == nil {
		t.Error("ready without a server")
	}
}

// What is in use is the leaf that is served and the CA that has signed it, also while the CA is
// rotated.
func TestInUse(t *testing.T) {
	api := newFakeAPI(t)
	source := newTestSecretSource(t, api, time.Hour)
	if leaf, ca := source.InUse(); leaf != nil || ca != nil {
		t.Error("something is in use before the start")
	}
	run(t, logr.Discard(), source)
	ready(t, source)
	before := caBundle(t, source)
	replaceByHand(api, mustCA(t, time.Now()))
	eventually(t, "the bundle has both", func() bool { return !bytes.Equal(caBundle(t, source), before) })
	leaf, ca := source.InUse()
	served, err := source.GetCertificate(nil)
	if err != nil || leaf != served.Leaf || ca == nil || !bytes.Equal(certToPEM(ca), before) {
		t.Errorf("in use are %v and %v", leaf, ca)
	}
}
