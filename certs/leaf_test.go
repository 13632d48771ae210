package certs

import (
	"context"
	"crypto/x509"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr"
)

// In a month the leaf never has less than a third of its life left, and each has a key of its own.
func TestLeafRenewal(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		source, err := newFolderSource(dir, []string{testDNSName}, Rotation{})
		if err != nil {
			t.Fatal(err)
		}
		stop := run(t, logr.Discard(), source)
		defer stop()
		time.Sleep(2 * trustDelay) // the first CA counts as a rotation
		leaves := map[string]bool{}
		for range 30 * 24 {
			time.Sleep(time.Hour)
			synctest.Wait()
			served, err := source.GetCertificate(nil)
			if err != nil {
				t.Fatal(err)
			}
			if left := lifeLeft(served.Leaf, time.Now().Add(-renewalCheck)); left < 1.0/3 {
				t.Fatalf("%.2f of its life is left", left)
			}
			leaves[string(served.Leaf.RawSubjectPublicKeyInfo)] = true
		}
		if len(leaves) < 6 || len(leaves) > 8 {
			t.Errorf("%d leaves in 30 days, want one in 4.7 days", len(leaves))
		}
	})
}

// refusingAuthority signs nothing.
type refusingAuthority struct{ fakeAuthority }

func (*refusingAuthority) Sign(*x509.Certificate) (*x509.Certificate, error) {
	return nil, errors.New("not today")
}

// A leaf that can't be signed is retried until the end, and the reason is one line.
func TestLeafRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logged logLines
		l := &leaf{authority: &refusingAuthority{}, life: leafDuration, retry: leafRetry}
		ctx, cancel := context.WithCancel(logr.NewContext(t.Context(), logged.logger()))
		ended := make(chan error)
		go func() { ended <- l.Start(ctx) }()
		time.Sleep(time.Hour)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if strings.Count(logged.String(), "not today") != 1 || l.current() != nil {
			t.Errorf("log: %s", &logged)
		}
	})
}

// An authority that ends by itself ends the source with an error: the process then restarts.
func TestLeafEndsWithAuthority(t *testing.T) {
	broken := errors.New("broken")
	for end, want := range map[error]error{nil: errStopped, broken: broken} {
		inner := &fakeAuthority{end: make(chan error, 1)}
		inner.end <- end
		if err := (&leaf{authority: inner, life: leafDuration, retry: leafRetry}).Start(t.Context()); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
}
