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

	"fargate-webhook/internal/wake"
)

const (
	observeTimeout = 10 * time.Second
	observeRetry   = 5 * time.Second
)

// staged wraps the authority with the CA. It adds IP addresses to leaves, and it delays the
// rotation of the leaf: a new CA is added to the bundle at once, but the leaf is notified only after
// a delay.
type staged struct {
	inner     authority
	addresses []net.IP
	readCA    func(ctx context.Context) ([]byte, error) // returns the stored CA, checked, in PEM
	delay     time.Duration

	bundle  bundle
	changes chan struct{}
	watches watches
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
// and so registered.
func (a *staged) follow(ctx context.Context, rotated <-chan struct{}) {
	var retry, release <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-release:
			a.watches.notify()
			continue
		case <-rotated:
		case <-retry:
		}
		retry = nil
		if err := a.observe(ctx); err != nil {
			logr.FromContextOrDiscard(ctx).Error(err, "CA read failed, retrying", "after", observeRetry.String())
			retry = time.After(observeRetry)
			continue
		}
		wake.Notify(a.changes)
		release = time.After(a.delay)
	}
}

// observe adds the stored CA to the bundle.
func (a *staged) observe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, observeTimeout)
	defer cancel()
	ca, err := a.readCA(ctx)
	if err != nil {
		return err
	}
	a.bundle.update(ca, time.Now())
	return nil
}

// caBundle returns the bundle including the stored CA.
func (a *staged) caBundle(ctx context.Context) ([]byte, error) {
	if err := a.observe(ctx); err != nil {
		return nil, err
	}
	return a.bundle.pem(time.Now()), nil
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
