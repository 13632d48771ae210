// Package cluster runs a Kubernetes control plane for tests and for `make run`: etcd, kube-apiserver and kube-controller-manager as
// test/controlplane builds them, on this machine's loopback address, with all their files in one temporary folder.
//
// There is no scheduler and no kubelet: pods stay Pending, which is all that admission needs.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"fargate-webhook/test/cluster/process"
)

// Options say which control plane to start. The zero value means the one that test/controlplane has built.
type Options struct {
	// BinDir is the folder with the programs. Empty: that of Version() in this repository.
	BinDir string
	// Log takes lines that say what is being started. Nil: none are written.
	Log io.Writer
}

// Cluster is a running control plane.
type Cluster struct {
	bin       string
	dir       string
	log       io.Writer
	config    *rest.Config
	clientset *kubernetes.Clientset
	manager   string             // the controller manager's token
	processes []*process.Process // in the order of their start
}

// How long each part may take on a busy machine.
const (
	apiServerDeadline  = 2 * time.Minute
	controllerDeadline = 2 * time.Minute
)

// Start brings a control plane up and returns when it takes requests, its controllers work and the namespace default has its
// ServiceAccount. ctx bounds the start only: end the cluster with Stop.
func Start(ctx context.Context, options Options) (_ *Cluster, err error) {
	if options.Log == nil {
		options.Log = io.Discard
	}
	if options.BinDir == "" {
		if options.BinDir, err = BinDir(); err != nil {
			return nil, err
		}
	}
	if err := CheckBuilt(options.BinDir); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "fargate-cluster-")
	if err != nil {
		return nil, fmt.Errorf("make the cluster's folder: %w", err)
	}
	c := &Cluster{bin: options.BinDir, dir: dir, log: options.Log}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Stop())
		}
	}()
	if err := c.startAPIServer(ctx); err != nil {
		return nil, err
	}
	if err := c.startControllerManager(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// Stop ends all processes at once and removes their files: nothing of a cluster outlives it.
func (c *Cluster) Stop() error {
	var failures []error
	for _, p := range slices.Backward(c.processes) {
		failures = append(failures, p.Kill())
	}
	c.processes = nil
	return errors.Join(append(failures, os.RemoveAll(c.dir))...)
}

// Config is the administrator's access.
func (c *Cluster) Config() *rest.Config { return rest.CopyConfig(c.config) }

// Clientset is the administrator's client.
func (c *Cluster) Clientset() *kubernetes.Clientset { return c.clientset }

// Kubeconfig is the file with the administrator's access.
func (c *Cluster) Kubeconfig() string { return filepath.Join(c.dir, "admin.kubeconfig") }

// KubectlPath is the kubectl of the control plane's version.
func (c *Cluster) KubectlPath() string { return filepath.Join(c.bin, "kubectl") }

// Dir is a folder that Stop removes, for whatever else belongs to this cluster.
func (c *Cluster) Dir() string { return c.dir }

// Running returns nil while all of the control plane runs, else which part has ended and how.
func (c *Cluster) Running() error {
	for _, p := range c.processes {
		if err := p.Running(); err != nil {
			return err
		}
	}
	return nil
}

// Exited is closed when any part of the control plane has ended, by itself or by Stop.
func (c *Cluster) Exited() <-chan struct{} {
	exited := make(chan struct{})
	var once sync.Once
	for _, p := range c.processes {
		go func() {
			<-p.Exited()
			once.Do(func() { close(exited) })
		}()
	}
	return exited
}

// start runs one program of the control plane.
func (c *Cluster) start(name string, args ...string) (*process.Process, error) {
	fmt.Fprintf(c.log, "starting %s\n", name) //nolint:errcheck // progress only
	p, err := process.Start(process.Command{
		Path: filepath.Join(c.bin, name),
		Args: args,
		Dir:  c.dir,
		Log:  filepath.Join(c.dir, name+".log"),
	})
	if err != nil {
		return nil, err
	}
	c.processes = append(c.processes, p)
	return p, nil
}

// AwaitNamespace waits until pods can be made in a namespace: the controllers have given it its ServiceAccount.
func (c *Cluster) AwaitNamespace(ctx context.Context, namespace string) error {
	return Await(ctx, controllerDeadline, "namespace "+namespace+" has its ServiceAccount and root certificate", func(ctx context.Context) error {
		if err := c.Running(); err != nil {
			return Stop(err)
		}
		if _, err := c.clientset.CoreV1().ServiceAccounts(namespace).Get(ctx, "default", metav1.GetOptions{}); err != nil {
			return err
		}
		_, err := c.clientset.CoreV1().ConfigMaps(namespace).Get(ctx, "kube-root-ca.crt", metav1.GetOptions{})
		return err
	})
}
