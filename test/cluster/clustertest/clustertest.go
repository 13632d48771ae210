// Package clustertest helps tests that run a control plane.
package clustertest

import (
	"errors"
	"os"
	"testing"

	"fargate-webhook/test/cluster"
)

// Needed skips a test that needs a control plane when its programs are not built. The variable E2E
// changes that: with "required" the test fails instead, with "skip" it is always skipped.
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

// Missing returns why no control plane can be started, or nil. skip reports whether tests may be
// skipped for that reason.
func Missing() (skip bool, err error) {
	if os.Getenv("E2E") == "skip" {
		return true, errors.New("E2E=skip leaves out tests that need a control plane")
	}
	dir, err := cluster.BinDir()
	if err == nil {
		err = cluster.CheckBuilt(dir)
	}
	return os.Getenv("E2E") != "required", err
}
