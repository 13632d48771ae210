package e2e

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/clustertest"
	"fargate-webhook/test/cluster/install"
)

// lanes are control planes that tests take for themselves. A test that waits for one does nothing, so
// it must not count as one of the tests that go test runs at a time: see limitParallel.
type lanes struct {
	all []*fixture

	mutex   sync.Mutex
	free    []*fixture
	waiting []*ticket // in the order in which they are served
	taken   map[string]*fixture
}

// ticket is a test's place in the queue.
type ticket struct {
	long    bool
	granted chan *fixture
}

// own are for the tests that run the webhook in their own way. In `make soak`, which measures, one runs
// at a time.
var own = newLanes()

func newLanes() *lanes {
	n := 4
	if soaking() {
		n = 1
	}
	l := &lanes{taken: map[string]*fixture{}}
	for range n {
		l.all = append(l.all, &fixture{})
	}
	l.free = slices.Clone(l.all)
	return l
}

// queue gives a test its place. Tests that mostly wait, for longer than most others take, are served
// first, so that they don't run alone in the end.
func (l *lanes) queue(long bool) *ticket {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	place := &ticket{long: long, granted: make(chan *fixture, 1)}
	at := slices.IndexFunc(l.waiting, func(other *ticket) bool { return long && !other.long })
	if at < 0 {
		at = len(l.waiting)
	}
	l.waiting = slices.Insert(l.waiting, at, place)
	return place
}

// serve gives what is free to those who are first in the queue.
func (l *lanes) serve() {
	for len(l.free) > 0 && len(l.waiting) > 0 {
		l.waiting[0].granted <- l.free[0]
		l.free, l.waiting = l.free[1:], l.waiting[1:]
	}
}

// TestLanesServeLongTestsFirst needs no control plane.
func TestLanesServeLongTestsFirst(t *testing.T) {
	f := &fixture{}
	l := &lanes{free: []*fixture{f}, taken: map[string]*fixture{}}
	short, long, last, longToo := l.queue(false), l.queue(true), l.queue(false), l.queue(true)
	l.mutex.Lock()
	l.serve()
	l.mutex.Unlock()
	for i, place := range []*ticket{long, longToo, short, last} {
		for j, other := range []*ticket{long, longToo, short, last} {
			if j > i && len(other.granted) > 0 {
				t.Errorf("place %d is served before place %d", j, i)
			}
		}
		select {
		case got := <-place.granted:
			l.release("", got)
		default:
			t.Fatalf("place %d is not served", i)
		}
	}
}

// take has the test run in parallel, and returns a control plane that is the test's until its end.
// Another call by the test, or by one of its subtests, returns the same.
func (l *lanes) take(t *testing.T, long bool) *fixture {
	t.Helper()
	name, _, _ := strings.Cut(t.Name(), "/")
	l.mutex.Lock()
	f := l.taken[name]
	l.mutex.Unlock()
	if f != nil {
		return f
	}
	clustertest.Needed(t)
	place := l.queue(long) // before others are served: go test has all parallel tests pause here
	t.Parallel()
	l.mutex.Lock()
	l.serve()
	l.mutex.Unlock()
	began := time.Now()
	f = <-place.granted
	t.Logf("waited %s for a control plane", time.Since(began).Round(time.Second))
	t.Cleanup(func() { l.release(name, f) })
	l.mutex.Lock()
	l.taken[name] = f
	l.mutex.Unlock()
	f.start(t)
	// What the webhook of another test has told must not count for this one.
	if err := f.cluster.Clientset().EventsV1().Events(install.Name).DeleteCollection(t.Context(), metav1.DeleteOptions{}, metav1.ListOptions{}); err != nil {
		t.Fatal(err)
	}
	return f
}

func (l *lanes) release(name string, f *fixture) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	delete(l.taken, name)
	l.free = append(l.free, f)
	l.serve()
}

// ownCluster returns the control plane that a test has for itself, as withOwnWebhook does. No webhook
// of the test's runs on it, but one of another test may.
func ownCluster(t *testing.T) *cluster.Cluster {
	t.Helper()
	return own.take(t, false).cluster
}
