// Package cluster runs a Kubernetes control plane for tests and for `make run`: etcd,
// kube-apiserver and kube-controller-manager, built by test/controlplane. They listen on the
// loopback address only and keep all files in one temporary directory.
//
// There is no scheduler and no kubelet, so pods stay Pending, unless test/eks stands in for these.
// Admission needs neither.
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

// Options configure Start. The zero value starts the control plane that test/controlplane has
// built.
type Options struct {
	// BinDir is the directory with the binaries. Empty: the one of Version() in this repository.
	BinDir string
	// APIServerArgs are added to the arguments of kube-apiserver.
	APIServerArgs []string
	// Controllers are started in addition to the default ones. ControllerManagerArgs are added to
	// the arguments of kube-controller-manager.
	Controllers, ControllerManagerArgs []string
	// Log receives a line for each program that is started. Nil: no lines.
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
	processes []*process.Process // in start order
}

// How long each part may take to start on a busy machine.
const (
	apiServerDeadline  = 2 * time.Minute
	controllerDeadline = 2 * time.Minute
)

// Start starts a control plane. It returns once the API server is ready, the controllers work and
// the namespace default has its ServiceAccount. ctx only bounds the start; call Stop to stop the
// cluster.
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
		return nil, fmt.Errorf("create the cluster's directory: %w", err)
	}
	c := &Cluster{bin: options.BinDir, dir: dir, log: options.Log}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Stop())
		}
	}()
	if err := c.startAPIServer(ctx, append(emulation(), options.APIServerArgs...)); err != nil {
		return nil, err
	}
	if err := c.startControllerManager(ctx, append(controllers(), options.Controllers...), append(emulation(), options.ControllerManagerArgs...)); err != nil {
		return nil, err
	}
	return c, nil
}

// Stop kills all processes and removes their files.
func (c *Cluster) Stop() error {
	var failures []error
	for _, p := range slices.Backward(c.processes) {
		failures = append(failures, p.Kill())
	}
	c.processes = nil
	return errors.Join(append(failures, os.RemoveAll(c.dir))...)
}

// Config returns the administrator's client configuration.
func (c *Cluster) Config() *rest.Config { return rest.CopyConfig(c.config) }

// Clientset returns the administrator's client.
func (c *Cluster) Clientset() *kubernetes.Clientset { return c.clientset }

// Kubeconfig returns the path of the administrator's kubeconfig.
func (c *Cluster) Kubeconfig() string { return filepath.Join(c.dir, "admin.kubeconfig") }

// KubectlPath returns the path of the kubectl of the control plane's version.
func (c *Cluster) KubectlPath() string { return filepath.Join(c.bin, "kubectl") }

// Dir returns the cluster's directory, which Stop removes. Callers may add their own files.
func (c *Cluster) Dir() string { return c.dir }

// Running returns nil while all programs run, else an error with the name and exit status of one
// that exited.
func (c *Cluster) Running() error {
	for _, p := range c.processes {
		if err := p.Running(); err != nil {
			return err
		}
	}
	return nil
}

// Process returns the program of a name, such as "kube-apiserver"; nil if none of it was started.
func (c *Cluster) Process(name string) *process.Process {
	for _, p := range c.processes {
		if p.Name() == name {
			return p
		}
	}
	return nil
}

// Exited returns a channel that is closed when any program exits, by itself or because of Stop.
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

// start starts one program of the control plane.
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

// AwaitNamespace waits until pods can be created in a namespace: the controllers have created its
// ServiceAccount and root certificate.
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
