// Package world tests the built program on a real control plane with the stand-in for EKS of
// test/eks: what becomes of pods once they are admitted, with the webhook and without it.
//
// All tests share one world and run in parallel, each with namespaces and profiles of its own.
package world

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/clustertest"
	"fargate-webhook/test/cluster/install"
	"fargate-webhook/test/eks"
)

const (
	// setupDeadline is how long building the program and starting everything may take on a busy
	// machine.
	setupDeadline = 15 * time.Minute
	// deadline is longer than anything that is waited for takes.
	deadline = 2 * time.Minute
	// region is one whose prices differ from those that count where none is known.
	region = "eu-central-1"
	// profileQuota is raised for the tests, as AWS does on request (F1.2).
	profileQuota = 100
	// stopDelay is longer than the webhook takes to see that a profile is DELETING. A pod that comes
	// before that, when several profiles match it, is pinned to the one that goes, and hangs.
	stopDelay = 5 * time.Second
)

// ec2Taint keeps pods off the EC2 node that don't ask for it: where a pod doesn't get to Fargate, it
// hangs.
var ec2Taint = corev1.Taint{Key: "only", Value: "ec2", Effect: corev1.TaintEffectNoSchedule}

func TestMain(m *testing.M) {
	code := m.Run()
	if err := shared.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stop the world:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// shared is what all tests run on. It starts when the first test asks for it.
var shared fixture

type fixture struct {
	once    sync.Once
	err     error
	cluster *cluster.Cluster
	eks     *eks.World
	webhook *install.Webhook
}

// world starts all of it once, and skips or fails the test as clustertest.Needed does. The test runs
// in parallel to the others.
func world(t *testing.T) *fixture {
	t.Helper()
	clustertest.Needed(t)
	t.Parallel()
	shared.once.Do(func() { shared.err = shared.setUp() })
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	if err := errors.Join(shared.cluster.Running(), shared.webhook.Running()); err != nil {
		t.Fatal(err)
	}
	return &shared
}

func (f *fixture) setUp() error {
	ctx, cancel := context.WithTimeout(context.Background(), setupDeadline)
	defer cancel()
	var err error
	f.cluster, err = cluster.Start(ctx, cluster.Options{
		Controllers:           []string{"horizontal-pod-autoscaler-controller"},
		ControllerManagerArgs: []string{"--horizontal-pod-autoscaler-sync-period=1s"},
	})
	if err != nil {
		return err
	}
	f.eks, err = eks.Start(ctx, eks.Options{Config: f.cluster.Config(), Cluster: "world", ProfileQuota: profileQuota, StopDelay: stopDelay, EC2Nodes: 1, EC2Taint: &ec2Taint})
	if err != nil {
		return err
	}
	binary := filepath.Join(f.cluster.Dir(), "fargate-webhook")
	if err := install.Build(ctx, binary); err != nil {
		return err
	}
	if err := f.install(ctx); err != nil {
		return err
	}
	policy, err := filepath.Abs(filepath.Join("testdata", "policy.yaml"))
	if err != nil {
		return err
	}
	apps := eks.Profile{Name: "apps", Selectors: []eks.Selector{{Namespace: "apps", Labels: map[string]string{"run": "on-fargate"}}}}
	if err := f.eks.CreateProfile(ctx, apps); err != nil {
		return err
	}
	f.webhook, err = install.Start(ctx, f.cluster, install.Options{
		Binary: binary,
		Args:   []string{"--cluster-name=world", "--refresh-interval=1s", "--shutdown-delay=0s", "--config=" + policy, "--inventory"},
		Env:    append(append(os.Environ(), f.eks.Environment()...), "AWS_REGION="+region),
	})
	if err != nil {
		return err
	}
	return f.webhook.AwaitAdmission(ctx, f.cluster, "apps")
}

// install applies the manifests of the webhook's permissions, and creates the namespace apps.
func (f *fixture) install(ctx context.Context) error {
	if err := install.Rights(ctx, f.cluster); err != nil {
		return err
	}
	for _, args := range [][]string{
		{"apply", "--server-side", "-f", "../../deploy/optional/recreate-pods.yaml"},
		{"create", "namespace", "apps"},
	} {
		result, err := f.cluster.Kubectl(ctx, "", args...)
		if err != nil || result.Code != 0 {
			return errors.Join(fmt.Errorf("kubectl %q: %s", args, result.Stderr), err)
		}
	}
	return f.cluster.AwaitNamespace(ctx, "apps")
}

func (f *fixture) stop() error {
	var failures []error
	if f.webhook != nil {
		failures = append(failures, f.webhook.Stop())
	}
	if f.eks != nil {
		f.eks.Stop()
	}
	if f.cluster != nil {
		failures = append(failures, f.cluster.Stop())
	}
	return errors.Join(failures...)
}
