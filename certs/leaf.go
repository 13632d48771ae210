package certs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"golang.org/x/sync/errgroup"

	"fargate-webhook/internal/survive"
)

const (
	// renewalCheck is how often the age of the leaf is compared with the wall clock. A timer until
	// the renewal would stand still while the machine sleeps.
	renewalCheck = time.Minute
	leafRetry    = time.Second
)

// errStopped is the error of an authority that ends by itself.
var errStopped = errors.New("it stopped unexpectedly")

// authority keeps a CA and signs with it.
type authority interface {
	// Run keeps the CA current until ctx ends, and then returns nil.
	Run(ctx context.Context) error
	// Sign completes the template of a leaf and signs it. It returns an error while there is no CA.
	Sign(template *x509.Certificate) (*x509.Certificate, error)
	// WatchRotation adds a channel that gets a notice, if it has room, when leaves must be signed
	// again. Call it before Sign, so that no rotation is missed.
	WatchRotation(channel chan<- struct{})
	// StopWatchingRotation removes a channel.
	StopWatchingRotation(channel chan<- struct{})
}

// leaf is the serving certificate. Its key only exists in memory, and is a new one with each
// signature.
type leaf struct {
	authority authority
	names     []string
	life      time.Duration
	retry     time.Duration

	mutex       sync.Mutex
	certificate *tls.Certificate // nil before the first signature
}

// current returns the certificate, or nil if there is none yet.
func (l *leaf) current() *tls.Certificate {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.certificate
}

// Start runs the authority and keeps the leaf signed, until ctx ends or the authority fails.
func (l *leaf) Start(ctx context.Context) error {
	rotated := make(chan struct{}, 1)
	l.authority.WatchRotation(rotated)
	defer l.authority.StopWatchingRotation(rotated)
	group, running := errgroup.WithContext(ctx)
	group.Go(func() error {
		err := l.authority.Run(running)
		if err == nil && ctx.Err() == nil {
			err = errStopped
		}
		if err != nil {
			return fmt.Errorf("run the certificate authority: %w", err)
		}
		return nil
	})
	group.Go(func() error {
		l.keep(running, rotated)
		return nil
	})
	return group.Wait()
}

// keep signs the leaf, and signs it again after each rotation and two thirds through its life.
func (l *leaf) keep(ctx context.Context, rotated <-chan struct{}) {
	for ctx.Err() == nil {
		l.renew(ctx, rotated)
		l.awaitRenewal(ctx, rotated)
	}
}

// renew signs the leaf. It retries, after each rotation at once, until that succeeds or ctx ends, and
// logs each reason once: at the start there is no CA yet.
func (l *leaf) renew(ctx context.Context, rotated <-chan struct{}) {
	log := logr.FromContextOrDiscard(ctx)
	for failing := ""; ctx.Err() == nil; {
		err := survive.Call(l.sign)
		if err == nil {
			log.Info("serving certificate signed", "dnsNames", l.names)
			return
		}
		if err.Error() != failing {
			failing = err.Error()
			log.Info("serving certificate not signed, retrying", "reason", failing)
		}
		select {
		case <-ctx.Done():
		case <-rotated:
		case <-time.After(l.retry):
		}
	}
}

// sign makes a key and has a certificate signed for it.
func (l *leaf) sign() error {
	key, err := newKey()
	if err != nil {
		return err
	}
	certificate, err := l.authority.Sign(&x509.Certificate{
		PublicKey:   key.Public(),
		NotAfter:    time.Now().Add(l.life),
		DNSNames:    l.names,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	if err != nil {
		return err
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.certificate = &tls.Certificate{Certificate: [][]byte{certificate.Raw}, PrivateKey: key, Leaf: certificate}
	return nil
}

// awaitRenewal returns after a rotation, when the leaf has less than a third of its life left, or
// when ctx ends.
func (l *leaf) awaitRenewal(ctx context.Context, rotated <-chan struct{}) {
	check := time.NewTicker(min(renewalCheck, l.life/20))
	defer check.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-rotated:
			return
		case <-check.C:
			if signed := l.current(); signed != nil && !time.Now().Before(renewal(signed.Leaf)) {
				return
			}
		}
	}
}

// renewal returns when a leaf is two thirds through its life, which begins when it is signed.
func renewal(leaf *x509.Certificate) time.Time {
	signed := leaf.NotBefore.Add(backdate)
	return signed.Add(leaf.NotAfter.Sub(signed) * 2 / 3)
}
