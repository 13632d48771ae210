// Package e2e tests the built program on a real control plane, through the real kubectl: what a
// user does and what a user sees.
//
// Most tests share one control plane. Those that need the webhook to be run in their own way run one
// after another, before the others, which run in parallel against a webhook with the CA in its
// Secret. Those that mostly wait run beside these, one after another, on a second control plane.
// Each test works in namespaces of its own.
package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/clustertest"
	"fargate-webhook/test/cluster/install"
)

// setupDeadline is how long building the program and starting the control plane may take on a busy
// machine.
const setupDeadline = 15 * time.Minute

func TestMain(m *testing.M) {
	code := m.Run()
	for _, f := range []*fixture{&shared, &aside} {
		if err := f.stop(); err != nil {
			fmt.Fprintln(os.Stderr, "stop the control plane:", err)
			code = max(code, 1)
		}
	}
	os.Exit(code)
}

// shared is what most tests run on, and aside is for those that mostly wait. Each starts when the
// first test asks for it.
var shared, aside fixture

type fixture struct {
	once    sync.Once
	err     error
	cluster *cluster.Cluster
	binary  string
	taken   sync.Mutex // by the test that runs on aside

	mutex   sync.Mutex
	webhook *install.Webhook // nil: none runs
	common  bool             // webhook is the one of the parallel tests
}

// start starts the control plane, builds the program and applies its RBAC, once. It skips or fails
// the test as clustertest.Needed does.
func (f *fixture) start(t *testing.T) *cluster.Cluster {
	t.Helper()
	clustertest.Needed(t)
	f.once.Do(func() { f.err = f.setUp() })
	if f.err != nil {
		t.Fatal(f.err)
	}
	if err := f.cluster.Running(); err != nil {
		t.Fatal(err)
	}
	return f.cluster
}

// startAside waits until the second control plane is free, and takes it until the test ends.
func startAside(t *testing.T) *cluster.Cluster {
	t.Helper()
	t.Parallel()
	shared.start(t) // the program is built
	aside.taken.Lock()
	t.Cleanup(aside.taken.Unlock)
	aside.binary = shared.binary
	return aside.start(t)
}

func (f *fixture) setUp() error {
	ctx, cancel := context.WithTimeout(context.Background(), setupDeadline)
	defer cancel()
	c, err := cluster.Start(ctx, cluster.Options{})
	if err != nil {
		return err
	}
	f.cluster = c
	if f.binary == "" {
		f.binary = filepath.Join(c.Dir(), "fargate-webhook")
		if err := install.Build(ctx, f.binary); err != nil {
			return err
		}
	}
	if err := install.Rights(ctx, c); err != nil {
		return err
	}
	return createNamespace(ctx, c, "apps")
}

func (f *fixture) stop() error {
	var failures []error
	if f.webhook != nil {
		failures = append(failures, f.webhook.Stop())
	}
	if f.cluster != nil {
		failures = append(failures, f.cluster.Stop())
	}
	return errors.Join(failures...)
}
