package certs

import (
	"context"
	"crypto/x509"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"golang.org/x/sync/errgroup"

	"fargate-webhook/internal/secretpath"
	"fargate-webhook/internal/survive"
	"fargate-webhook/internal/wake"
)

const (
	observeTimeout = 10 * time.Second
	observeRetry   = 5 * time.Second
)

// staged wraps the authority with the CA. It adds IP addresses to leaves, and it delays the
// rotation of the leaf: a new CA is added to the bundle at once, but the leaf is notified only
// after a delay.
type staged struct {
	inner     releasing
	addresses []net.IP
	read      func(ctx context.Context) (stored, error)
	delay     time.Duration
	trusted   func(ctx context.Context, ca []byte) error // nil: not asked

	// untrusted is why the latest CA isn't used yet, as it was logged. Only follow uses it.
	untrusted string

	bundle  bundle
	paths   bundle
	changes chan struct{}
	watches watches
}

// releasing is an authority that goes on signing with the CA of before a rotation.
type releasing interface {
	authority
	// Release makes Sign use the latest CA, and reports whether that changes anything.
	Release() bool
}

// stored is what is kept of a CA besides its key, checked.
type stored struct {
	caPEM []byte
	// path is the secret path that is used with the CA.
	path string
	// formerPEM and formerPath were used before, if it is known, until replaced.
	formerPEM  []byte
	formerPath string
	replaced   time.Time
}

// Run runs the inner authority until ctx ends or the authority returns.
func (a *staged) Run(ctx context.Context) error {
	rotated := make(chan struct{}, 1)
	a.inner.WatchRotation(rotated)
	defer a.inner.StopWatchingRotation(rotated)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer cancel()
		return a.inner.Run(ctx)
	})
	group.Go(func() error {
		a.follow(ctx, rotated)
		return nil
	})
	return group.Wait()
}

// follow runs the steps of each rotation. It notifies the leaf only once the new CA could be read,
// and is registered. The first CA needs no such steps: there is no leaf yet.
func (a *staged) follow(ctx context.Context, rotated <-chan struct{}) {
	var retry, release <-chan time.Time
	for first := true; ; {
		select {
		case <-ctx.Done():
			return
		case <-release:
			release = a.release(ctx)
			continue
		case <-rotated:
		case <-retry:
		}
		retry = nil
		if err := survive.Call(func() error { return a.observe(ctx) }); err != nil {
			logr.FromContextOrDiscard(ctx).Error(err, "CA read failed, retrying", "after", observeRetry.String())
			retry = time.After(observeRetry)
			continue
		}
		wake.Notify(a.changes)
		if first {
			first = false
			a.watches.notify()
		}
		release = time.After(a.delay)
	}
}

// release has the leaf signed by the latest CA and its path registered, or returns when to try that
// again: while the CA isn't registered, the old leaf is the one that the API server trusts.
func (a *staged) release(ctx context.Context) <-chan time.Time {
	if err := survive.Call(func() error { return a.checkTrusted(ctx) }); err != nil {
		if a.untrusted != err.Error() {
			a.untrusted = err.Error()
			logr.FromContextOrDiscard(ctx).Info("new CA not registered yet, serving with the old one", "reason", a.untrusted)
		}
		return time.After(observeRetry)
	}
	a.untrusted = ""
	if a.inner.Release() {
		a.watches.notify()
		wake.Notify(a.changes) // the registration probes again
	}
	if a.paths.replaced() {
		wake.Notify(a.changes)
	}
	return nil
}

// checkTrusted returns an error while the latest CA isn't registered.
func (a *staged) checkTrusted(ctx context.Context) error {
	if a.trusted == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, observeTimeout)
	defer cancel()
	return a.trusted(ctx, a.bundle.values(time.Now())[0])
}

// observe adds the stored CA and the secret path to what is trusted and accepted.
func (a *staged) observe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, observeTimeout)
	defer cancel()
	found, err := a.read(ctx)
	if err != nil {
		return err
	}
	now := time.Now()
	a.bundle.updateFrom(found.formerPEM, found.caPEM, found.replaced, now)
	a.paths.updateFrom([]byte(found.formerPath), []byte(found.path), found.replaced, now)
	return nil
}

// caBundle returns the bundle including the stored CA.
func (a *staged) caBundle(ctx context.Context) ([]byte, error) {
	if err := survive.Call(func() error { return a.observe(ctx) }); err != nil {
		return nil, err
	}
	return a.bundle.pem(time.Now()), nil
}

// registeredPath returns the secret path to register.
func (a *staged) registeredPath(ctx context.Context) (string, error) {
	if err := survive.Call(func() error { return a.observe(ctx) }); err != nil {
		return "", err
	}
	return string(a.paths.settled(a.delay, time.Now())), nil
}

// acceptsPath reports whether a caller with a secret path is the API server.
func (a *staged) acceptsPath(path string) bool {
	var accepted []string
	for _, value := range a.paths.values(time.Now()) {
		accepted = append(accepted, string(value))
	}
	return secretpath.Match(path, accepted)
}

// Sign signs a leaf and adds the IP addresses to it.
func (a *staged) Sign(template *x509.Certificate) (*x509.Certificate, error) {
	template.IPAddresses = a.addresses
	return a.inner.Sign(template)
}

// WatchRotation adds a channel that gets a notice when the leaf must be signed again.
func (a *staged) WatchRotation(channel chan<- struct{}) { a.watches.add(channel) }

// StopWatchingRotation removes a channel.
func (a *staged) StopWatchingRotation(channel chan<- struct{}) { a.watches.remove(channel) }

// watches is a set of channels with room for one notice each. It is safe for concurrent use.
type watches struct {
	mutex    sync.Mutex
	channels []chan<- struct{}
}

func (w *watches) add(channel chan<- struct{}) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.channels = append(w.channels, channel)
}

func (w *watches) remove(channel chan<- struct{}) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.channels = slices.DeleteFunc(w.channels, func(each chan<- struct{}) bool { return each == channel })
}

func (w *watches) notify() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for _, channel := range w.channels {
		wake.Notify(channel)
	}
}
