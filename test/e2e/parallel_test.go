package e2e

import (
	"flag"
	"strconv"
	"testing"
)

// slots are for the tests that share a control plane.
var slots chan struct{}

// limitParallel makes the number of -parallel that of the tests which share a control plane. Those
// that wait for a control plane of their own would otherwise keep these from running.
func limitParallel() error {
	const all = 1000
	parallel := flag.Lookup("test.parallel").Value
	n, err := strconv.Atoi(parallel.String())
	if err != nil {
		return err
	}
	slots = make(chan struct{}, n)
	return parallel.Set(strconv.Itoa(all))
}

// inParallel has a test, or a subtest, that shares its control plane run in parallel. One with
// parallel subtests only waits for these: it doesn't call this.
func inParallel(t *testing.T) {
	t.Helper()
	t.Parallel()
	slots <- struct{}{}
	t.Cleanup(func() { <-slots })
}
