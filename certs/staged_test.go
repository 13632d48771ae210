package certs

import (
	"context"
	"crypto/x509"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr"
)

// fakeAuthority is an inner authority whose rotations the test makes.
type fakeAuthority struct {
	watches watches
	end     chan error
}

func (f *fakeAuthority) Run(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-f.end:
		return err
	}
}
func (f *fakeAuthority) WatchRotation(channel chan<- struct{})        { f.watches.add(channel) }
func (f *fakeAuthority) StopWatchingRotation(channel chan<- struct{}) { f.watches.remove(channel) }
func (*fakeAuthority) Release() bool                                  { return true }
func (f *fakeAuthority) Sign(template *x509.Certificate) (*x509.Certificate, error) {
	return template, nil
}

// storedCA is what the authority reads.
type storedCA struct {
	mutex sync.Mutex
	found stored
	err   error
}

// set stores a CA, with a path named after it.
func (s *storedCA) set(pem string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.found, s.err = stored{caPEM: []byte(pem), path: pathOf(pem)}, nil
}

func pathOf(pem string) string { return "path-of-" + pem }

func (s *storedCA) read(context.Context) (stored, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.found, s.err
}

// checkPaths checks which path is registered, and whether those of OLD and NEW are accepted.
func checkPaths(t *testing.T, a *staged, registered string, old, renewed bool) {
	t.Helper()
	if got, err := a.registeredPath(t.Context()); err != nil || got != registered {
		t.Errorf("registered is %q, %v; want %q", got, err, registered)
	}
	if got := [2]bool{a.acceptsPath(pathOf("OLD")), a.acceptsPath(pathOf("NEW"))}; got != [2]bool{old, renewed} {
		t.Errorf("old and new path accepted: %v, want %v, %v", got, old, renewed)
	}
	if a.acceptsPath("") || a.acceptsPath("path-of-") {
		t.Error("another path is accepted")
	}
}

func has(channel <-chan struct{}) bool {
	select {
	case <-channel:
		return true
	default:
		return false
	}
}

// runStaged runs an authority whose leaf and registration follow a minute after each rotation, and
// returns the channel of the leaf's notices and what ends the run and checks that it ends well.
func runStaged(t *testing.T, a *staged, logged *logLines) (leaf chan struct{}, end func()) {
	t.Helper()
	a.delay, a.changes, leaf = time.Minute, make(chan struct{}, 1), make(chan struct{}, 1)
	a.WatchRotation(leaf)
	ctx, cancel := context.WithCancel(logr.NewContext(t.Context(), logged.logger()))
	ended := make(chan error)
	go func() { ended <- a.Run(ctx) }()
	synctest.Wait()
	return leaf, func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// A new CA joins the bundle at once, and a new path is accepted at once; the leaf changes only
// after the delay, as does the registered path, and neither while the CA can't be read.
func TestRotationOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logged logLines
		inner := &fakeAuthority{}
		stored := &storedCA{err: errors.New("forbidden")}
		a := &staged{inner: inner, read: stored.read}
		leaf, end := runStaged(t, a, &logged)

		inner.watches.notify()
		time.Sleep(time.Hour)
		if has(a.changes) || has(leaf) {
			t.Error("a notice although the CA could not be read")
		}
		if !strings.Contains(logged.String(), "forbidden") {
			t.Errorf("the reason is not logged: %s", &logged)
		}
		stored.set("OLD")
		time.Sleep(observeRetry)
		synctest.Wait()
		if !has(a.changes) || !has(leaf) {
			t.Error("want the notices of the bundle and of the first leaf")
		}
		checkPaths(t, a, pathOf("OLD"), true, false)
		time.Sleep(time.Minute)
		synctest.Wait()
		if !has(a.changes) || !has(leaf) {
			t.Error("want the notices of the leaf, and of the probe after it")
		}

		stored.set("NEW")
		inner.watches.notify()
		synctest.Wait()
		bundle, err := a.caBundle(t.Context())
		if err != nil || string(bundle) != "NEW\nOLD\n" {
			t.Errorf("bundle %q, %v", bundle, err)
		}
		checkPaths(t, a, pathOf("OLD"), true, true)
		if !has(a.changes) {
			t.Error("want the bundle's notice")
		}
		time.Sleep(time.Minute - time.Nanosecond)
		checkPaths(t, a, pathOf("OLD"), true, true)
		if has(leaf) {
			t.Error("the leaf's notice came too soon")
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if !has(leaf) || !has(a.changes) {
			t.Error("the notices of leaf and path did not come")
		}
		checkPaths(t, a, pathOf("NEW"), true, true)
		time.Sleep(leafDuration)
		checkPaths(t, a, pathOf("NEW"), false, true)
		a.StopWatchingRotation(leaf)
		inner.watches.notify()
		time.Sleep(time.Hour)
		if has(leaf) {
			t.Error("a notice after StopWatchingRotation")
		}
		end()
		if len(inner.watches.channels) != 0 {
			t.Error("the inner authority still has a watch")
		}
	})
}

// The leaf changes only once the new CA is registered, however long that takes: until then the API
// server would reject it.
func TestLeafAwaitsRegistration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logged logLines
		var registered atomic.Bool
		stored := &storedCA{}
		stored.set("OLD")
		inner := &fakeAuthority{}
		a := &staged{inner: inner, read: stored.read}
		a.trusted = func(_ context.Context, ca []byte) error {
			if string(ca) == "NEW" && !registered.Load() {
				return errors.New("not registered")
			}
			return nil
		}
		leaf, end := runStaged(t, a, &logged)
		inner.watches.notify()
		time.Sleep(time.Hour)
		has(leaf)
		stored.set("NEW")
		inner.watches.notify()
		time.Sleep(time.Hour)
		if has(leaf) {
			t.Error("the leaf's notice came before the CA was registered")
		}
		registered.Store(true)
		time.Sleep(observeRetry)
		synctest.Wait()
		if !has(leaf) || !strings.Contains(logged.String(), "not registered") {
			t.Errorf("the leaf's notice did not come, or the reason isn't logged: %s", &logged)
		}
		end()
	})
}

func TestRunEndsWithInnerAuthority(t *testing.T) {
	for _, want := range []error{nil, errors.New("broken")} {
		inner := &fakeAuthority{end: make(chan error, 1)}
		inner.end <- want
		if err := (&staged{inner: inner}).Run(t.Context()); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
}
