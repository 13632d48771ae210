// Package clustertest starts control planes for tests, and skips or fails those that need one when
// it is not built.
package clustertest

import (
	"errors"
	"os"
	"testing"

	"fargate-webhook/test/cluster"
)

// Needed skips a test if the control plane is not built. The environment variable E2E overrides
// this: with "required" the test fails instead, with "skip" it is always skipped.
func Needed(tb testing.TB) {
	tb.Helper()
	skip, err := Missing()
	switch {
	case err != nil && skip:
		tb.Skip(err)
	case err != nil:
		tb.Fatal(err)
	}
}

// Missing returns an error if no control plane can be started. skip reports whether tests may be
// skipped because of it.
func Missing() (skip bool, err error) {
	if os.Getenv("E2E") == "skip" {
		return true, errors.New("E2E=skip: tests that need a control plane are skipped")
	}
	dir, err := cluster.BinDir()
	if err == nil {
		err = cluster.CheckBuilt(dir)
	}
	return os.Getenv("E2E") != "required", err
}

// Start starts a control plane that stops with the test.
func Start(tb testing.TB, options cluster.Options) *cluster.Cluster {
	tb.Helper()
	c, err := cluster.Start(tb.Context(), options)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := c.Stop(); err != nil {
			tb.Error(err)
		}
	})
	return c
}
