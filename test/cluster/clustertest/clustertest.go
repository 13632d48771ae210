// Package clustertest helps tests that run a control plane.
package clustertest

import (
	"os"
	"testing"

	"fargate-webhook/test/cluster"
)

// Needed skips a test where the control plane's programs are not built, or fails it where E2E=required says that they have to be.
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

// Missing returns why no control plane can be started, nil if one can, and whether tests may be skipped for it.
func Missing() (skip bool, err error) {
	dir, err := cluster.BinDir()
	if err == nil {
		err = cluster.CheckBuilt(dir)
	}
	return os.Getenv("E2E") != "required", err
}
