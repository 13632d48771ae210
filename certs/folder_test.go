package certs

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr"
)

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func TestFolderServes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "state")
	source, err := NewFolderSource(dir, []string{"127.0.0.1", "::1", "webhook.example"}, Rotation{})
	if err != nil {
		t.Fatal(err)
	}
	if err := source.Ready(); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("ready before the start, or the folder is not named: %v", err)
	}
	run(t, logr.Discard(), source)
	ready(t, source)
	bundle := caBundle(t, source)
	for _, host := range []string{"127.0.0.1", "::1", "webhook.example"} {
		if err := handshake(t, source, bundle, host); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	for _, host := range []string{"127.0.0.2", "other.example"} {
		if err := handshake(t, source, bundle, host); err == nil {
			t.Errorf("the certificate is good for %s too", host)
		}
	}
	if err := handshake(t, source, mustCA(t, time.Now()).certPEM, "127.0.0.1"); err == nil {
		t.Error("the certificate is good under another CA")
	}
	<-source.Changes()
	for path, want := range map[string]fs.FileMode{
		dir: 0o700, filepath.Join(dir, caFile): 0o600, filepath.Join(dir, caKeyFile): 0o600, filepath.Join(dir, pathFile): 0o600,
	} {
		if got := mode(t, path); got != want {
			t.Errorf("%s has mode %o, want %o", path, got, want)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 3 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func TestFolderReused(t *testing.T) {
	dir := t.TempDir()
	var bundles [2][]byte
	for i := range bundles {
		var logged logLines
		source, err := NewFolderSource(dir, []string{"127.0.0.1"}, Rotation{})
		if err != nil {
			t.Fatal(err)
		}
		stop := run(t, logged.logger(), source)
		ready(t, source)
		bundles[i] = caBundle(t, source)
		if err := handshake(t, source, bundles[0], "127.0.0.1"); err != nil {
			t.Error(err)
		}
		stop()
		if strings.Contains(logged.String(), "CA replaced") {
			t.Errorf("start %d replaced something: %s", i, &logged)
		}
	}
	if !bytes.Equal(bundles[0], bundles[1]) {
		t.Error("the second start has another CA")
	}
}

func TestFolderReplacesUnusable(t *testing.T) {
	good, other := mustCA(t, time.Now()), mustCA(t, time.Now())
	expired := mustCA(t, time.Now().Add(-2*caDuration))
	aged := mustCA(t, time.Now().Add(-caDuration*2/3-time.Hour))
	leafOnly := leafPair(t, good, "localhost")
	for _, test := range []struct {
		name      string
		cert, key []byte // nil: no such file
		reason    string
	}{
		{"garbled certificate", []byte("garbage"), good.keyPEM, "PEM"},
		{"garbled key", good.certPEM, []byte("garbage"), "PEM"},
		{"empty files", []byte{}, []byte{}, "PEM"},
		{"cut short", good.certPEM[:len(good.certPEM)/2], good.keyPEM, "PEM"},
		{"key does not fit", good.certPEM, other.keyPEM, "private key does not match"},
		{"expired", expired.certPEM, expired.keyPEM, "expired"},
		{"nears its end", aged.certPEM, aged.keyPEM, "soon"},
		{"no CA", leafOnly.cert, leafOnly.key, "not a CA"},
		{"certificate missing", nil, good.keyPEM, "missing"},
		{"key missing", good.certPEM, nil, "missing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			if test.cert != nil {
				put(t, dir, caFile, test.cert)
			}
			if test.key != nil {
				put(t, dir, caKeyFile, test.key)
			}
			source, err := newFolderSource(dir, []string{"127.0.0.1"}, Rotation{})
			if err != nil {
				t.Fatal(err)
			}
			var logged logLines
			stop := run(t, logged.logger(), source)
			ready(t, source)
			if err := handshake(t, source, caBundle(t, source), "127.0.0.1"); err != nil {
				t.Error(err)
			}
			stop()
			if _, err := parseCA(read(t, dir, caFile), read(t, dir, caKeyFile), time.Now()); err != nil {
				t.Errorf("what is in the folder now: %v", err)
			}
			if line := logged.String(); strings.Count(line, "CA replaced") != 1 || !strings.Contains(line, test.reason) || !strings.Contains(line, dir) {
				t.Errorf("no line with %q: %s", test.reason, line)
			}
		})
	}
}

// The tests may run as root, which no file mode stops: a folder in place of each file stops root
// too.
func TestFolderErrorsNameThePath(t *testing.T) {
	blocked := t.TempDir()
	put(t, blocked, "state", nil)
	noCertificate, noKey := t.TempDir(), t.TempDir()
	mkdir(t, noCertificate, caFile)
	mkdir(t, noKey, caKeyFile)
	for _, test := range []struct {
		name, folder, file string
	}{
		{"a file where the folder should be", filepath.Join(blocked, "state"), caFile},
		{"a folder where the certificate should be", noCertificate, caFile},
		{"a folder where the key should be", noKey, caKeyFile},
		{"a folder that can't be made", "/proc/no-such/state", caKeyFile},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := NewFolderSource(test.folder, nil, Rotation{})
			if named := filepath.Join(test.folder, test.file); err == nil || !strings.Contains(err.Error(), named) {
				t.Errorf("the error does not name %s: %v", named, err)
			}
		})
	}
}

func mkdir(t *testing.T, dir, name string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWriteFileLeavesNothingHalf(t *testing.T) {
	dir := t.TempDir()
	path := mkdir(t, dir, "taken")
	put(t, path, "inside", nil)
	if err := writeFile(path, []byte("data")); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("the error does not name %s: %v", path, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

// Two thirds through its life a CA is replaced while the source runs, and at no moment is there a
// leaf that the bundle of one delay before does not vouch for; a week later the bundle is the new
// CA alone.
func TestFolderRotation(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		old := mustCA(t, time.Now().Add(-caDuration*2/3+24*time.Hour))
		put(t, dir, caFile, old.certPEM)
		put(t, dir, caKeyFile, old.keyPEM)
		source, err := newFolderSource(dir, []string{"127.0.0.1"}, Rotation{})
		if err != nil {
			t.Fatal(err)
		}
		stop := run(t, logr.Discard(), source)
		defer stop()
		synctest.Wait()
		registered := caBundle(t, source)
		if !bytes.Equal(registered, old.certPEM) {
			t.Fatal("the CA in the folder is not the one in use")
		}
		<-source.Changes()
		for !has(source.Changes()) {
			time.Sleep(10 * time.Second)
		}
		// The API server still has the old bundle, and is given the new one before the leaf
		// changes.
		if err := handshake(t, source, registered, "127.0.0.1"); err != nil {
			t.Errorf("the leaf changed before the bundle could: %v", err)
		}
		registered = caBundle(t, source)
		current := read(t, dir, caFile)
		if want := slices.Concat(current, old.certPEM); !bytes.Equal(registered, want) || bytes.Equal(current, old.certPEM) {
			t.Error("want a bundle of the new CA and the old")
		}
		if err := handshake(t, source, registered, "127.0.0.1"); err != nil {
			t.Errorf("with the bundle of both, old leaf: %v", err)
		}
		time.Sleep(trustDelay + time.Second)
		synctest.Wait()
		if err := handshake(t, source, registered, "127.0.0.1"); err != nil {
			t.Errorf("with the bundle of both, new leaf: %v", err)
		}
		if err := handshake(t, source, current, "127.0.0.1"); err != nil {
			t.Errorf("the leaf is not from the new CA: %v", err)
		}
		time.Sleep(leafDuration)
		if got := caBundle(t, source); !bytes.Equal(got, current) {
			t.Error("the old CA is still in the bundle")
		}
	})
}

// A folder that can't be used any more does not stop a source that has its CA in memory, and one
// that somebody changed is taken over.
func TestFolderChangesUnderneath(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		source, err := newFolderSource(dir, []string{"127.0.0.1"}, Rotation{})
		if err != nil {
			t.Fatal(err)
		}
		var logged logLines
		stop := run(t, logged.logger(), source)
		defer stop()
		synctest.Wait()
		first := caBundle(t, source)
		if err := os.Remove(filepath.Join(dir, caFile)); err != nil {
			t.Fatal(err)
		}
		blocker := mkdir(t, dir, caFile)
		time.Sleep(2*folderInterval + time.Second)
		synctest.Wait()
		if err := handshake(t, source, first, "127.0.0.1"); err != nil || !strings.Contains(logged.String(), "in memory") {
			t.Errorf("%v; log: %s", err, &logged)
		}
		other := mustCA(t, time.Now())
		if err := os.Remove(blocker); err != nil {
			t.Fatal(err)
		}
		put(t, dir, caFile, other.certPEM)
		put(t, dir, caKeyFile, other.keyPEM)
		time.Sleep(folderInterval + trustDelay + time.Second)
		synctest.Wait()
		if err := handshake(t, source, other.certPEM, "127.0.0.1"); err != nil {
			t.Errorf("the CA put there is not in use: %v", err)
		}
	})
}

func TestLeafDoesNotOutliveCA(t *testing.T) {
	ca := mustCA(t, time.Now())
	leaf := leafPair(t, ca, "localhost")
	if _, err := parseCA(leaf.cert, leaf.key, time.Now()); err == nil {
		t.Error("a leaf passes for a CA")
	}
	if got := leaf.parsed.NotAfter; time.Until(got) > leafDuration {
		t.Errorf("the leaf is valid until %s", got)
	}
	late := signLeaf(t, ca, "localhost", ca.certificate.NotAfter.Add(-time.Hour))
	if !late.parsed.NotAfter.Equal(ca.certificate.NotAfter) {
		t.Errorf("the leaf is valid until %s, its CA until %s", late.parsed.NotAfter, ca.certificate.NotAfter)
	}
}

func FuzzParseCA(f *testing.F) {
	now := time.Now()
	good := mustCA(f, now)
	f.Add(good.certPEM, good.keyPEM)
	f.Add([]byte("garbage"), good.keyPEM)
	f.Add(slices.Concat(good.certPEM, good.certPEM), good.keyPEM)
	f.Fuzz(func(t *testing.T, cert, key []byte) {
		ca, err := parseCA(cert, key, now)
		if err == nil && (!ca.certificate.IsCA || checkBundle(ca.certPEM) != nil) {
			t.Errorf("took %q", cert)
		}
	})
}
