// Package e2e tests the built program on a real control plane, through the real kubectl: what a
// user does and what a user sees.
//
// All tests run in parallel, each in namespaces of its own. Most share one control plane and one
// webhook, with the CA in its Secret. Those that run the webhook in their own way, or change what is
// of the whole cluster, take another control plane for themselves until they end.
package e2e

import (
	"context"
	"errors"
	"flag"
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
	flag.Parse()
	code := 1
	err := limitParallel()
	if err == nil {
		code = m.Run()
	}
	for _, f := range append(own.all, &shared) {
		err = errors.Join(err, f.stop())
	}
	if err = errors.Join(err, os.RemoveAll(built.dir)); err != nil {
		fmt.Fprintln(os.Stderr, "end-to-end tests:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// shared is the control plane that most tests run on. It starts when the first of them asks for it.
var shared fixture

// fixture is a control plane and the webhook that runs on it.
type fixture struct {
	once    sync.Once
	err     error
	cluster *cluster.Cluster

	mutex   sync.Mutex
	webhook *install.Webhook // nil: none runs
	common  bool             // webhook is the one of the tests that share it
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

func (f *fixture) setUp() error {
	ctx, cancel := context.WithTimeout(context.Background(), setupDeadline)
	defer cancel()
	if err := built.once(); err != nil {
		return err
	}
	c, err := cluster.Start(ctx, cluster.Options{})
	if err != nil {
		return err
	}
	f.cluster = c
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

// built is the program, which is built once for all tests.
var built executable

type executable struct {
	building sync.Once
	dir      string
	err      error
}

func (e *executable) once() error {
	e.building.Do(func() {
		if e.dir, e.err = os.MkdirTemp("", "fargate-webhook-"); e.err != nil {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), setupDeadline)
		defer cancel()
		e.err = install.Build(ctx, e.path())
	})
	return e.err
}

func (e *executable) path() string { return filepath.Join(e.dir, "fargate-webhook") }
