package e2e

import (
	"flag"
	"strconv"
	"testing"
)

// slots are for the tests that share a control plane.
var slots chan struct{}

// limitParallel keeps the number of tests that run at a time at that of -parallel, one at least beside
// those that have a control plane of their own. go test itself would count tests that wait for one,
// and keep others from running.
func limitParallel() error {
	const all = 1000
	parallel := flag.Lookup("test.parallel").Value
	n, err := strconv.Atoi(parallel.String())
	if err != nil {
		return err
	}
	slots = make(chan struct{}, max(1, n-len(own.all)))
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
