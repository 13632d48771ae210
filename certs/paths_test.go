package certs

import (
	"bytes"
	"testing"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/internal/secretpath"
)

func registeredPath(t *testing.T, source Source) string {
	t.Helper()
	path, err := source.Paths().RegisteredPath(t.Context())
	if err != nil || secretpath.Check(path) != nil {
		t.Fatalf("path %q, %v", path, err)
	}
	return path
}

func dataOf(f *fakeAPI) contents {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return f.secret.DeepCopy().Data
}

// started runs a source over the Secret until it is ready.
func started(t *testing.T, api *fakeAPI, delay time.Duration) *managed {
	t.Helper()
	source := newTestSecretSource(t, api, delay)
	run(t, logr.Discard(), source)
	ready(t, source)
	return source
}

// All replicas register and accept the path in the Secret, and no other.
func TestPathShared(t *testing.T) {
	api := newFakeAPI(t)
	first, second := started(t, api, time.Hour), started(t, api, time.Hour)
	path := registeredPath(t, first)
	if path != registeredPath(t, second) || path != string(dataOf(api)[pathFile]) {
		t.Error("the replicas register different paths")
	}
	for _, source := range []*managed{first, second} {
		if !source.AcceptsPath(path) || source.AcceptsPath("") || source.AcceptsPath(secretpath.New()) {
			t.Error("a replica accepts another path, or not its own")
		}
	}
}

// The CA is replaced at two thirds of its life, and the path with it. Replicas that ran before and
// ones that start afterwards accept both paths and trust both CAs, and register the old path first.
func TestPathReplacedWithCA(t *testing.T) {
	api := newFakeAPI(t)
	running := started(t, api, time.Hour)
	old := registeredPath(t, running)
	aged := mustCA(t, time.Now().Add(-caDuration*2/3-time.Hour))
	api.change(func(s *corev1.Secret) *corev1.Secret {
		s.Data[caFile], s.Data[corev1.TLSCertKey], s.Data[corev1.TLSPrivateKeyKey] = aged.certPEM, aged.certPEM, aged.keyPEM
		return s
	})
	eventually(t, "the Secret has another path", func() bool { return string(dataOf(api)[pathFile]) != old })
	renewed := string(dataOf(api)[pathFile])
	eventually(t, "the new path is accepted", func() bool { return running.AcceptsPath(renewed) })
	for name, source := range map[string]*managed{"running": running, "new": started(t, api, time.Hour)} {
		if !source.AcceptsPath(old) || !source.AcceptsPath(renewed) {
			t.Errorf("%s replica: a path is not accepted", name)
		}
		if registeredPath(t, source) != old {
			t.Errorf("%s replica: the new path is registered before every replica can know it", name)
		}
		if bundle := caBundle(t, source); !bytes.Contains(bundle, aged.certPEM) || !bytes.HasPrefix(bundle, dataOf(api)[caFile]) {
			t.Errorf("%s replica: want the new CA, then the old", name)
		}
	}
	if registeredPath(t, started(t, api, 0)) != renewed {
		t.Error("the new path is not registered after the delay")
	}
}

// A Secret of a version without paths gets one, and keeps its CA. One whose path was removed, since
// it leaked, gets another.
func TestPathAdded(t *testing.T) {
	api := newFakeAPI(t)
	source := started(t, api, time.Hour)
	before, bundle := registeredPath(t, source), caBundle(t, source)
	api.change(func(s *corev1.Secret) *corev1.Secret { delete(s.Data, pathFile); return s })
	eventually(t, "the Secret has a path again", func() bool { return len(dataOf(api)[pathFile]) > 0 })
	data := dataOf(api)
	if path := string(data[pathFile]); path == before || data[formerPathFile] != nil {
		t.Error("the path that was removed is still there")
	}
	if !bytes.Equal(caBundle(t, source), bundle) {
		t.Error("the CA was replaced too")
	}
	eventually(t, "the replica that runs accepts both", func() bool {
		return source.AcceptsPath(before) && source.AcceptsPath(string(data[pathFile]))
	})
	if restarted := started(t, api, time.Hour); restarted.AcceptsPath(before) || registeredPath(t, restarted) == before {
		t.Error("a replica that starts accepts the path that was removed")
	}
}

// A deleted Secret leaves no trace of what leaked, but in replicas that keep running.
func TestPathOfDeletedSecret(t *testing.T) {
	api := newFakeAPI(t)
	source := started(t, api, time.Hour)
	before := registeredPath(t, source)
	api.change(func(*corev1.Secret) *corev1.Secret { return nil })
	eventually(t, "there is a Secret again", func() bool {
		api.mutex.Lock()
		defer api.mutex.Unlock()
		return api.secret != nil
	})
	if restarted := started(t, api, time.Hour); restarted.AcceptsPath(before) {
		t.Error("a replica that starts accepts the deleted path")
	}
	if registeredPath(t, source) != before {
		t.Error("the new path is registered before every replica can know it")
	}
}

func TestPathInFolder(t *testing.T) {
	dir := t.TempDir()
	folder := func() *managed {
		source, err := newFolderSource(dir, []string{testDNSName}, Rotation{})
		if err != nil {
			t.Fatal(err)
		}
		run(t, logr.Discard(), source)
		ready(t, source)
		return source
	}
	path := registeredPath(t, folder())
	if registeredPath(t, folder()) != path {
		t.Error("the second start has another path")
	}
	put(t, dir, pathFile, []byte("short"))
	if again := registeredPath(t, folder()); again == path || again == "short" {
		t.Error("an unusable path was not replaced")
	}
}

// A source of files has no paths.
func TestNoPathInFiles(t *testing.T) {
	if (&files{}).Paths() != nil {
		t.Error("there are paths")
	}
}

// Whatever is in the Secret, what replaces it is usable, and what is read of it is checked.
func FuzzContents(f *testing.F) {
	now := time.Now()
	good := contents(nil).withCA(mustCA(f, now), now)
	renewal := mustCA(f, now)
	f.Add(good[caFile], good[corev1.TLSPrivateKeyKey], good[pathFile], good[replacedKey])
	f.Add([]byte("garbage"), []byte(nil), []byte("../../etc"), []byte("yesterday"))
	f.Fuzz(func(t *testing.T, cert, key, path, replaced []byte) {
		c := contents{
			caFile: cert, corev1.TLSCertKey: cert, corev1.TLSPrivateKeyKey: key, pathFile: path, replacedKey: replaced,
			formerCAFile: cert, formerPathFile: path,
		}
		if found, err := storedIn(c); err == nil && (secretpath.Check(found.path) != nil || checkBundle(found.caPEM) != nil) {
			t.Errorf("took %+v", found)
		}
		renewed := c.withCA(renewal, now)
		if _, err := renewed.authority(now); err != nil {
			t.Error(err)
		}
		if found, err := storedIn(renewed); err != nil || found.path == string(path) || found.replaced.IsZero() {
			t.Errorf("%+v, %v", found, err)
		}
	})
}
